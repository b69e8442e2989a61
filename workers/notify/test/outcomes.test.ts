import { eq } from "drizzle-orm";
import { describe, expect, inject, test, vi } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import type { MailPreference } from "#contracts/mail-preference.ts";
import { mailOptOuts } from "#db/schema/mail-opt-outs.ts";
import { mails } from "#db/schema/mails.ts";
import { users } from "#db/schema/users.ts";
import { announceExpiries } from "../announce-expiries.ts";
import { consumeMessage } from "../consume-message.ts";
import {
	bindings,
	converted,
	db,
	deliver,
	messageFor,
	recordingEmail,
	type Settled,
	settled,
	statusOf,
} from "./delivery.ts";

/*
 * What becomes of mail that does not leave at once.
 */

const failed = { type: "failed" as const, error: jobErrorFor("no_audio_track") };

/** An EMAIL binding that refuses with one of Cloudflare's codes. */
const refusing = (code: string): SendEmail => ({
	send: () => Promise.reject(Object.assign(new Error(`refused: ${code}`), { code })),
});

const userOf = async ({ email }: Settled) =>
	(await db.select().from(users).where(eq(users.email, email)))[0];
const mailOf = async ({ id }: Settled) =>
	(await db.select().from(mails).where(eq(mails.conversionId, id)))[0];
async function address(settlement: Settled, email: string): Promise<Settled> {
	await db.update(users).set({ email }).where(eq(users.email, settlement.email));
	return { ...settlement, email };
}
async function turnOff(settlement: Settled, kind: MailPreference): Promise<void> {
	const user = await userOf(settlement);
	if (user === undefined) throw new Error("nobody");
	await db.insert(mailOptOuts).values({ userId: user.id, kind, createdAtMs: 1 });
}

test.each(["mp3", "mail"])("an outage of a day loses no mail of queue %s", async (queue) => {
	const down = () => Promise.reject(new Error("down"));
	let waitedSeconds = 0;
	for (let attempts = 1; attempts <= (inject("maxRetries")[queue] ?? 0); attempts++) {
		const retry: Message["retry"] = (options) => {
			waitedSeconds += options?.delaySeconds ?? 0;
		};
		await consumeMessage({ id: "1", attempts, retry } as Message, down);
	}
	expect(waitedSeconds).toBeGreaterThan(24 * 60 * 60);
});

describe("Cloudflare's refusal", () => {
	test.each([
		"E_RATE_LIMIT_EXCEEDED",
		"E_DAILY_LIMIT_EXCEEDED",
		"E_SENDER_NOT_VERIFIED",
		"E_DELIVERY_FAILED",
		"E_INTERNAL_SERVER_ERROR",
		"E_OF_TOMORROW",
	])("%s lets the mail wait", async (code) => {
		const done = await settled(converted);
		const result = await deliver([messageFor(done)], { EMAIL: refusing(code) });
		expect(result.retryMessages).toHaveLength(1);
		expect(await mailOf(done)).toMatchObject({ sentAtMs: null, givenUpAtMs: null });
		const EMAIL = recordingEmail();
		await deliver([messageFor(done)], { EMAIL });
		expect(EMAIL.sent).toHaveLength(1);
	});

	test.each(["E_RECIPIENT_NOT_ALLOWED", "E_VALIDATION_ERROR", "E_HEADERS_TOO_LARGE"])(
		"%s is for good: it is written down, not tried again, and the conversion is done",
		async (code) => {
			const done = await settled(converted);
			const result = await deliver([messageFor(done)], { EMAIL: refusing(code) });
			expect(result.explicitAcks).toHaveLength(1);
			expect(await mailOf(done)).toMatchObject({
				sentAtMs: null,
				givenUpAtMs: expect.any(Number),
				givenUpBecause: expect.stringContaining(code),
			});
			expect(await statusOf(done.id)).toBe("done");
			expect((await userOf(done))?.emailUndeliverableAtMs).toBeNull();
			const EMAIL = recordingEmail();
			await deliver([messageFor(done)], { EMAIL });
			expect(EMAIL.sent).toEqual([]);
		},
	);

	test("E_RECIPIENT_SUPPRESSED ends all mail there, until the address is confirmed anew", async () => {
		const done = await settled(converted);
		await deliver([messageFor(done)], { EMAIL: refusing("E_RECIPIENT_SUPPRESSED") });
		const user = await userOf(done);
		expect(user?.emailUndeliverableAtMs).toEqual(expect.any(Number));
		if (user === undefined) throw new Error("nobody");

		const EMAIL = recordingEmail();
		const message = (kind: string) => ({ v: 1, kind, userId: user.id });
		for (const kind of ["reset", "password_changed", "address_in_use"]) {
			const result = await deliver([message(kind)], { EMAIL }, 1, "mail");
			expect(result.explicitAcks).toHaveLength(1);
		}
		expect(EMAIL.sent).toEqual([]);

		await deliver([message("verify")], { EMAIL }, 1, "mail");
		const [mail] = await Promise.all(EMAIL.sent);
		const token = /#([\w-]+)/.exec(mail?.text ?? "")?.[1] ?? "";
		expect(await bindings.AUTH.confirmVerification(token)).toMatchObject({
			ok: true,
			account: { emailUndeliverableSince: null },
		});
		await deliver([message("password_changed")], { EMAIL }, 1, "mail");
		expect(EMAIL.sent).toHaveLength(2);
	});
});

describe("by SMTP", () => {
	const SMTP_URL = inject("smtpUrl");

	test("a server that asks to come again is come to again, with the same Message-ID", async () => {
		const log = vi.spyOn(console, "error");
		const done = await settled(converted);
		const first = await deliver([messageFor(done)], { SMTP_URL });
		expect(first.retryMessages).toHaveLength(1);
		const [line] = log.mock.calls.map(([text]) => String(text));
		expect(line).toContain("MailDelayed: 451 4.7.1");
		// Addresses are in no log.
		expect(line).not.toContain(done.email);
		await deliver([messageFor(done)], { SMTP_URL });
		expect(await mailOf(done)).toMatchObject({
			sentAtMs: expect.any(Number),
			messageId: expect.stringMatching(
				new RegExp(`^<${done.id}\\.1\\.[\\w-]{22}@${bindings.MAIL_FROM.split("@")[1]}>$`),
			),
		});
	});

	test("an address that nobody has is written down", async () => {
		const done = await address(
			await settled(converted),
			`nobody${crypto.randomUUID()}@example.com`,
		);
		const result = await deliver([messageFor(done)], { SMTP_URL });
		expect(result.explicitAcks).toHaveLength(1);
		expect(await userOf(done)).toMatchObject({
			emailUndeliverableBecause: expect.stringContaining("550 5.1.1"),
		});
		expect(await mailOf(done)).toMatchObject({ givenUpBecause: expect.stringContaining("550") });
	});

	test.each(["http://localhost", "smtp://example.com?tls=none", "nonsense"])(
		"a setting that is wrong lets the mail wait: %s",
		async (SMTP_URL) => {
			const done = await settled(converted);
			const result = await deliver([messageFor(done)], { SMTP_URL });
			expect(result.retryMessages).toHaveLength(1);
			expect(await mailOf(done)).toMatchObject({ givenUpAtMs: null });
		},
	);
});

describe("what somebody does not want", () => {
	test.each([
		["finished", converted],
		["failed", failed],
	] as const)("is not sent: %s", async (kind, outcome) => {
		const done = await settled(outcome);
		await turnOff(done, kind);
		const EMAIL = recordingEmail();
		const result = await deliver([messageFor(done)], { EMAIL });
		expect(result.explicitAcks).toHaveLength(1);
		expect(EMAIL.sent).toEqual([]);
		expect(await mailOf(done)).toMatchObject({ givenUpBecause: "unwanted" });
		expect(await statusOf(done.id)).toBe(outcome === converted ? "done" : "failed");
	});

	test("is not sent: expiring, and not looked at again", async () => {
		const done = await settled(converted);
		await turnOff(done, "expiring");
		const EMAIL = recordingEmail();
		await deliver([messageFor(done)], { EMAIL });
		expect(EMAIL.sent).toHaveLength(1);
		const later = Date.now() + 29.5 * 24 * 60 * 60 * 1000;
		await announceExpiries({ ...bindings, EMAIL }, db, later);
		await announceExpiries({ ...bindings, EMAIL }, db, later);
		const sent = await Promise.all(EMAIL.sent);
		expect(sent.filter(({ to }) => to?.[0]?.address === done.email)).toHaveLength(1);
		const all = await db.select().from(mails).where(eq(mails.conversionId, done.id));
		expect(all.map(({ givenUpBecause }) => givenUpBecause).toSorted()).toEqual([null, "unwanted"]);
	});

	test("keeps nothing else from being sent", async () => {
		const done = await settled(converted);
		await turnOff(done, "failed");
		await turnOff(done, "expiring");
		const EMAIL = recordingEmail();
		await deliver([messageFor(done)], { EMAIL });
		expect(EMAIL.sent).toHaveLength(1);
	});
});
