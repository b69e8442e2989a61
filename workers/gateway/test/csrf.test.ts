import { beforeAll, describe, expect, test } from "vitest";
import { Browser, SAME_ORIGIN } from "./browser.ts";
import { basic, expectProblem, PASSWORD, send, signUp, type TestUser } from "./client.ts";

/*
 * What another site's page may try with a visitor's cookie. (SameSite=Lax keeps the cookie from most
 * of this already; these tests send it nevertheless.)
 */

const EVIL = "https://evil.example";
const OURS = SAME_ORIGIN.origin;

let user: TestUser;
let browser: Browser;
beforeAll(async () => {
	user = await signUp();
	browser = new Browser();
	await browser.logIn(user);
});

const attacks: [string, Record<string, string>, BodyInit?][] = [
	["a form of another site", { origin: EVIL, "sec-fetch-site": "cross-site" }, new FormData()],
	[
		"a form of another site, in a browser without Sec-Fetch-Site",
		{ origin: EVIL, "content-type": "application/x-www-form-urlencoded" },
		"a=b",
	],
	["a form in text", { origin: EVIL, "content-type": "text/plain" }, "{}"],
	["no-cors without a content type", { origin: EVIL, "sec-fetch-site": "cross-site" }],
	["JSON of another origin", { origin: EVIL, "content-type": "application/json" }, "{}"],
	[
		"JSON of another origin that lies about its site",
		{ origin: EVIL, "sec-fetch-site": "same-origin", "content-type": "application/json" },
		"{}",
	],
	["no Origin, from another site", { "sec-fetch-site": "cross-site" }],
	["no Origin, from a sibling", { "sec-fetch-site": "same-site" }],
	["no Origin, from the address bar", { "sec-fetch-site": "none" }],
	["our Origin, from another site", { origin: OURS, "sec-fetch-site": "cross-site" }],
	["a sandboxed frame", { origin: "null" }],
	["a sandboxed frame of our own", { origin: "null", "sec-fetch-site": "same-origin" }],
	["an origin of another port", { origin: `${OURS}:8443` }],
	["an origin of another scheme", { origin: OURS.replace("https", "http") }],
	["an origin that begins with ours", { origin: `${OURS}.evil.example` }],
	["two origins", { origin: `${OURS}, ${EVIL}` }],
	["a word for a site that there is none of", { origin: OURS, "sec-fetch-site": "Same-Origin" }],
	["neither Origin nor Sec-Fetch-Site", {}],
	["neither, in JSON", { "content-type": "application/json" }, "{}"],
];

describe.each(attacks)("%s", (_, headers, body) => {
	test.each([
		["refreshes no session", "POST", "/session/refresh"],
		["logs nobody out", "DELETE", "/session"],
	])("%s", async (_, method, path) => {
		const init = { method, headers: { cookie: browser.cookie ?? "", ...headers }, body };
		const response = await send(path, init as RequestInit);
		expect(response.headers.get("set-cookie")).toBeNull();
		await expectProblem(response, 403, "cross_origin");
		// The cookie is good still, and has not been used.
		const before = browser.cookie;
		expect((await browser.refresh()).status).toBe(200);
		expect(browser.cookie).not.toBe(before);
	});

	test("logs nobody in as somebody else", async () => {
		const init = { method: "POST", headers: { ...basic(user.email, PASSWORD), ...headers }, body };
		const response = await send("/session", init as RequestInit);
		expect(response.headers.get("set-cookie")).toBeNull();
		await expectProblem(response, 403, "cross_origin");
	});
});

test.each<[string, Record<string, string>]>([
	["both headers", SAME_ORIGIN],
	["Origin alone", { origin: OURS }],
	["Sec-Fetch-Site alone", { "sec-fetch-site": "same-origin" }],
])("our own page is let through by %s", async (_, headers) => {
	const page = new Browser();
	await page.logIn(user);
	const init = { method: "POST", headers: { cookie: page.cookie ?? "", ...headers } };
	expect((await send("/session/refresh", init)).status).toBe(200);
});

test("what needs a token takes no cookie for one", async () => {
	const headers = { ...SAME_ORIGIN, cookie: browser.cookie ?? "" };
	for (const path of ["/conversions", "/sessions", "/keys"]) {
		await expectProblem(await send(path, { headers }), 401, "unauthenticated");
	}
});
