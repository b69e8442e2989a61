import { basic, bindings, PASSWORD, send, type TestUser } from "./client.ts";

/** What a browser adds to a request of Earshot's own pages. */
export const SAME_ORIGIN = {
	origin: new URL(bindings.PUBLIC_URL).origin,
	"sec-fetch-site": "same-origin",
};

/** A browser: it keeps the session's cookie, as the cookie's attributes say. */
export class Browser {
	/** `name=value`; null: none. */
	cookie: string | null = null;

	/** A call of one of Earshot's pages to `/session`. */
	async call(
		path: "/session" | "/session/refresh",
		method: "POST" | "DELETE",
		headers: Record<string, string> = {},
	): Promise<Response> {
		const response = await send(path, {
			method,
			headers: { ...SAME_ORIGIN, ...(this.cookie && { cookie: this.cookie }), ...headers },
		});
		for (const header of response.headers.getSetCookie()) {
			const [pair = "", ...attributes] = header.split("; ");
			this.cookie = attributes.includes("Max-Age=0") ? null : pair;
		}
		return response;
	}

	/** Logs in, and answers the headers that speak for the session. */
	async logIn({ email }: TestUser, userAgent = "Firefox"): Promise<{ authorization: string }> {
		const headers = { ...basic(email, PASSWORD), "user-agent": userAgent };
		return asBearer(await this.call("/session", "POST", headers));
	}

	refresh = () => this.call("/session/refresh", "POST");
	logOut = () => this.call("/session", "DELETE");
}

/** Headers with the access token of an answer. */
export async function asBearer(response: Response): Promise<{ authorization: string }> {
	const { token } = (await response.json()) as { token: string };
	return { authorization: `Bearer ${token}` };
}
