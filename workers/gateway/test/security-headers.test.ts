import { expect, test } from "vitest";
import { SAME_ORIGIN } from "./browser.ts";
import { post, send, signUp, uploadVideo } from "./client.ts";
import { convert } from "./lifecycle.ts";

/*
 * What browsers are told with every answer of the Worker, whatever it is. Pages: e2e/docs.test.ts.
 */

const SECURITY_HEADERS = {
	"content-security-policy": "default-src 'none'; frame-ancestors 'none'",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
	"referrer-policy": "no-referrer",
	"strict-transport-security": "max-age=31536000; includeSubDomains",
	"x-content-type-options": "nosniff",
};

function expectHeaders({ headers }: Response): void {
	const found = Object.keys(SECURITY_HEADERS).map((name) => [name, headers.get(name)]);
	expect(Object.fromEntries(found)).toEqual(SECURITY_HEADERS);
	expect(headers.get("x-powered-by")).toBeNull();
}

test.each<[string, string, RequestInit?]>([
	["JSON", "/openapi.json"],
	["an unknown address", "/nowhere"],
	["another method", "/login", { method: "PUT" }],
	["a missing token", "/conversions"],
	["a wrong body", "/register", post({})],
	["a refused origin", "/session", { method: "POST" }],
	["no content", "/session", { method: "DELETE", headers: SAME_ORIGIN }],
	["HEAD", "/healthz", { method: "HEAD" }],
	["tus without its version", "/uploads", { method: "POST" }],
])("they come with %s", async (_, path, init) => {
	expectHeaders(await send(path, init));
});

test("they come with a fault of our own", async () => {
	const user = await signUp();
	const DB = {
		prepare: () => {
			throw new Error("D1 is down");
		},
	} as unknown as D1Database;
	const response = await send("/conversions", { headers: user.auth }, { DB });
	expect(response.status).toBe(500);
	expectHeaders(response);
});

test("they come with the MP3, with events and with tus's own answers", async () => {
	const user = await signUp();
	const { id, message } = await uploadVideo(user);
	await convert(message);
	const range = { headers: { ...user.auth, range: "bytes=0-1" } };
	const download = await send(`/download?fid=${id}`, range);
	expect(download.status).toBe(206);
	expectHeaders(download);
	expectHeaders(await send(`/conversions/${id}/events`, { headers: user.auth }));
	const tus = await send("/uploads", { method: "OPTIONS", headers: user.auth });
	expect(tus.headers.get("tus-version")).toBe("1.0.0");
	expectHeaders(tus);
});
