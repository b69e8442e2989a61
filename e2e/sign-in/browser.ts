/** A browser, as far as signing in needs one: it keeps cookies and fills in forms. */
export class Browser {
	#cookies: { origin: string; path: string; name: string; value: string; attributes: string[] }[] =
		[];

	/** The cookies of a site, by name, whatever their path. */
	cookiesOf(origin: string): Map<string, { value: string; path: string; attributes: string[] }> {
		const own = this.#cookies.filter((cookie) => cookie.origin === origin);
		return new Map(own.map(({ name, ...cookie }) => [name, cookie]));
	}

	/** Goes to a page without following where it leads. */
	async open(url: string | URL, init: RequestInit = {}): Promise<Response> {
		const { origin, pathname } = new URL(url);
		const sent = this.#cookies.filter(
			(cookie) =>
				cookie.origin === origin &&
				(pathname === cookie.path || pathname.startsWith(cookie.path.replace(/\/?$/, "/"))),
		);
		const cookie = sent.map(({ name, value }) => `${name}=${value}`).join("; ");
		const headers = { ...(cookie && { cookie }), ...(init.headers as Record<string, string>) };
		const response = await fetch(url, { ...init, headers, redirect: "manual" });
		for (const line of response.headers.getSetCookie()) this.#keep(origin, line);
		return response;
	}

	/** Follows redirects as long as they stay on a site; returns the last answer. */
	async follow(from: Response, origin: string): Promise<Response> {
		let response = from;
		while (response.status >= 300 && response.status < 400) {
			const location = new URL(response.headers.get("location") ?? "", response.url);
			if (location.origin !== origin) return response;
			await response.arrayBuffer();
			response = await this.open(location);
		}
		return response;
	}

	/** Fills in a page's only form, along with its hidden fields. */
	async submit(page: Response, fields: Record<string, string> = {}): Promise<Response> {
		const html = await page.text();
		const action = /<form[^>]* action="([^"]*)"/.exec(html)?.[1];
		if (action === undefined) throw new Error(`There is no form: ${html}`);
		const hidden = [...html.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)];
		const body = new URLSearchParams();
		for (const [, name = "", value = ""] of hidden) body.set(name, value);
		for (const [name, value] of Object.entries(fields)) body.set(name, value);
		return this.open(new URL(action, page.url), { method: "POST", body });
	}

	#keep(origin: string, line: string): void {
		const [pair = "", ...attributes] = line.split("; ");
		const [name = "", ...value] = pair.split("=");
		const attribute = (key: string) =>
			attributes.find((one) => one.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
		const path = attribute("path") ?? "/";
		this.#cookies = this.#cookies.filter(
			(one) => one.origin !== origin || one.name !== name || one.path !== path,
		);
		const isOver =
			attribute("max-age") === "0" || Date.parse(attribute("expires") ?? "") < Date.now();
		if (!isOver) this.#cookies.push({ origin, path, name, value: value.join("="), attributes });
	}
}
