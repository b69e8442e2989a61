import { beforeEach, describe, expect, test } from "vitest";
import type { MailPreference } from "#contracts/mail-preference.ts";
import { unsubscribeToken } from "#signing/unsubscribe-token.ts";
import { bindings, expectProblem, post, send, signUp, type TestUser } from "./client.ts";

/*
 * Which mail somebody gets.
 */

let user: TestUser;
beforeEach(async () => {
	user = await signUp();
});

const token = (kind: MailPreference, userId = user.id) =>
	unsubscribeToken(bindings.NOTIFY_KEY, { userId, kind });
const oneClick = (text: string, init: RequestInit = {}) =>
	send(`/unsubscribe/one-click?token=${encodeURIComponent(text)}`, { method: "POST", ...init });
async function wanted(): Promise<Record<MailPreference, boolean>> {
	const response = await send("/account", { headers: user.auth });
	return ((await response.json()) as { mail: Record<MailPreference, boolean> }).mail;
}
const change = (body: unknown) => send("/account", post(body, user.auth, "PATCH"));
const ALL = { finished: true, failed: true, expiring: true };

describe("one click", () => {
	const form = (body: BodyInit, type?: string): RequestInit => ({
		body,
		...(type && { headers: { "content-type": type } }),
	});
	const multipart = new FormData();
	multipart.set("List-Unsubscribe", "One-Click");

	test.each<[string, RequestInit]>([
		["a form", form("List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")],
		["a multipart form", form(multipart)],
		["the page's JSON", form("{}", "application/json")],
		["nothing", {}],
	])("with %s turns one kind of mail off, however often, and no other", async (_, init) => {
		expect((await oneClick(token("failed"), init)).status).toBe(204);
		expect((await oneClick(token("failed"), init)).status).toBe(204);
		expect(await wanted()).toEqual({ ...ALL, failed: false });
	});

	test("is asked for nothing else than the token, and is told nothing about the account", async () => {
		const response = await oneClick(token("finished"), {
			headers: { origin: "https://mail.example" },
		});
		expect(response.status).toBe(204);
		expect(await response.text()).toBe("");
		expect(response.headers.get("set-cookie")).toBeNull();
	});

	test.each<[string, () => string]>([
		["of nobody", () => ""],
		["that is nonsense", () => "nonsense"],
		["cut short", () => token("failed").slice(0, -1)],
		["for another kind", () => token("failed").replace("failed", "finished")],
		["for somebody else", () => token("failed").replace(user.id, "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV")],
		["for mail that cannot be turned off", () => token("verify" as MailPreference)],
		[
			"of another key",
			() => unsubscribeToken(btoa("x".repeat(32)), { userId: user.id, kind: "failed" }),
		],
		["with something behind it", () => `${token("failed")}.x`],
	])("with a token %s changes nothing", async (_, forged) => {
		await expectProblem(await oneClick(forged()), 400, "invalid_link");
		expect(await wanted()).toEqual(ALL);
	});

	test("of somebody whose account is gone is answered like any other, and leaves nothing", async () => {
		const gone = token("failed", "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV");
		expect((await oneClick(gone)).status).toBe(204);
		const rows = await bindings.DB.prepare("select * from mail_opt_outs where user_id = ?")
			.bind("usr_01ARZ3NDEKTSV4RRFFQ69G5FAV")
			.all();
		expect(rows.results).toEqual([]);
	});

	test("that is only looked at changes nothing, and leads to the page, out of the query", async () => {
		const path = `/unsubscribe/one-click?token=${token("failed")}`;
		const response = await send(path, { redirect: "manual" });
		expect(response.status).toBe(303);
		expect(response.headers.get("location")).toBe(`/unsubscribe#${token("failed")}`);
		expect(await wanted()).toEqual(ALL);
	});
});

describe("PATCH /account", () => {
	test("turns mail off and on", async () => {
		expect(
			await (await change({ mail: { finished: false, expiring: false } })).json(),
		).toMatchObject({
			mail: { finished: false, failed: true, expiring: false },
		});
		await change({ mail: { finished: true, failed: false } });
		expect(await wanted()).toEqual({ finished: true, failed: false, expiring: false });
	});

	test("changes the name along with it", async () => {
		expect(await (await change({ name: "Grace", mail: { failed: false } })).json()).toMatchObject({
			name: "Grace",
			mail: { ...ALL, failed: false },
		});
	});

	test.each([{}, { mail: { everything: false } }, { mail: { failed: "no" } }, { mail: [] }])(
		"with %j is refused",
		async (body) => {
			await expectProblem(await change(body), 400, "invalid_body");
			expect(await wanted()).toEqual(ALL);
		},
	);
});

test("an address that mail came back from is told on the account, and can be confirmed anew", async () => {
	await bindings.DB.prepare("update users set email_undeliverable_at_ms = 1000 where id = ?")
		.bind(user.id)
		.run();
	const response = await send("/account", { headers: user.auth });
	expect(await response.json()).toMatchObject({
		emailUndeliverableSince: "1970-01-01T00:00:01.000Z",
	});
	const asked = await send("/account/verification", { method: "POST", headers: user.auth });
	expect(asked.status).toBe(202);
	const issued = await bindings.AUTH.issueEmailToken({ userId: user.id, purpose: "verify" });
	const confirm = post({ token: issued?.token });
	expect(await (await send("/account/verification/confirm", confirm)).json()).toMatchObject({
		emailUndeliverableSince: null,
	});
});
