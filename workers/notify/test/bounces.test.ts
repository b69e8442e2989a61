import { eq } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import { users } from "#db/schema/users.ts";
import {
	converted,
	deliver,
	messageFor,
	recordingEmail,
	type Settled,
	settled,
} from "./delivery.ts";
import { bring, composeReport, db, type Report } from "./mime.ts";

/*
 * Mail of ours that comes back.
 */

const markOf = async ({ email }: Pick<Settled, "email">) => {
	const user = await db.select().from(users).where(eq(users.email, email)).get();
	return { atMs: user?.emailUndeliverableAtMs, because: user?.emailUndeliverableBecause };
};
const UNMARKED = { atMs: null, because: null };

/** Somebody who was sent a mail, and how that mail is called. */
async function mailed(): Promise<Settled & { event: string; messageId: string }> {
	const done = await settled(converted);
	const EMAIL = recordingEmail();
	await deliver([messageFor(done)], { EMAIL });
	const [mail] = await Promise.all(EMAIL.sent);
	const event = mail?.headers.find(({ key }) => key === "x-earshot-event")?.value ?? "";
	return { ...done, event, messageId: mail?.messageId ?? "" };
}

const report = (to: string, returned: string[], changed: Partial<Report> = {}) =>
	bring(composeReport({ to, returned, ...changed }), { from: "" });

describe("a report that no mail can be delivered to an address", () => {
	test.each(["message/rfc822", "text/rfc822-headers"] as const)(
		"marks it, by the event in the mail that comes back as %s",
		async (part) => {
			const ada = await mailed();
			const returned = ["Message-ID: <of-cloudflare@example.com>", `X-Earshot-Event: ${ada.event}`];
			expect(await report(ada.email, returned, { part })).toEqual({ rejected: null });
			expect(await markOf(ada)).toEqual({
				atMs: expect.any(Number),
				because: "5.1.1 smtp; 550 5.1.1 no such user here at all",
			});
		},
	);

	test("marks it by the Message-ID alone, which servers leave as it is", async () => {
		const ada = await mailed();
		expect(ada.messageId).toContain(ada.event);
		await report(ada.email, [`Message-Id: ${ada.messageId}`]);
		expect((await markOf(ada)).atMs).toEqual(expect.any(Number));
	});

	test("marks the address that the mail was sent to, if it was forwarded since", async () => {
		const ada = await mailed();
		const returned = [`X-Earshot-Event: ${ada.event}`];
		await report("ada@elsewhere.example", returned, { original: ada.email });
		expect((await markOf(ada)).atMs).toEqual(expect.any(Number));
	});

	test("keeps what was noted first", async () => {
		const ada = await mailed();
		await report(ada.email, [`X-Earshot-Event: ${ada.event}`]);
		const first = await markOf(ada);
		await report(ada.email, [`X-Earshot-Event: ${ada.event}`], { status: "5.4.4" });
		expect(await markOf(ada)).toEqual(first);
	});
});

describe("no address is marked by a report", () => {
	test.each<[string, Partial<Report>]>([
		["that it is delayed", { action: "delayed", status: "4.4.1" }],
		["that it was delivered", { action: "delivered", status: "2.1.5" }],
		["of a failure that passes", { status: "4.2.2" }],
		["of a full mailbox", { status: "5.2.2" }],
		["of a mail that was too large", { status: "5.3.4" }],
		["of a policy", { status: "5.7.1" }],
		["without a status", { status: "" }],
	])("%s", async (_, changed) => {
		const ada = await mailed();
		await report(ada.email, [`X-Earshot-Event: ${ada.event}`], changed);
		expect(await markOf(ada)).toEqual(UNMARKED);
	});

	test("that anybody could have written", async () => {
		const ada = await mailed();
		const eve = await mailed();
		const [id] = ada.event.split(".");
		for (const returned of [
			[],
			[`X-Earshot-Event: ${id}.1`],
			[`X-Earshot-Event: ${id}.1.${"A".repeat(22)}`],
			[`X-Earshot-Event: ${ada.event.slice(0, -1)}`],
			// Whoever has a mail of their own knows its mark, and not another's.
			[`X-Earshot-Event: ${eve.event}`],
			[`X-Earshot-Event: ${id}.1.${eve.event.split(".")[2]}`],
			["X-Earshot-Event: ."],
			["Message-ID: <>"],
		]) {
			await report(ada.email, returned);
		}
		expect(await markOf(ada)).toEqual(UNMARKED);
	});

	test("with the mark in its own headers, and not in the mail that comes back", async () => {
		const ada = await mailed();
		const raw = composeReport({ to: ada.email, returned: [] });
		await bring(`X-Earshot-Event: ${ada.event}\r\n${raw}`, { from: "" });
		expect(await markOf(ada)).toEqual(UNMARKED);
	});
});

test("a report of ten thousand recipients is read as far as is reasonable", async () => {
	const ada = await mailed();
	const block = "\r\n\r\nFinal-Recipient: rfc822; x@example.com\r\nAction: failed\r\nStatus: 5.1.1";
	const raw = composeReport({ to: ada.email, returned: [`X-Earshot-Event: ${ada.event}`] }).replace(
		"Diagnostic-Code:",
		`${block.repeat(10_000)}\r\nDiagnostic-Code:`,
	);
	expect(await bring(raw, { from: "" })).toEqual({ rejected: null });
	expect((await markOf(ada)).atMs).toEqual(expect.any(Number));
});
