import { eq } from "drizzle-orm";
import type { Email } from "postal-mime";
import { expect, test, vi } from "vitest";
import type { UserId } from "#contracts/ids.ts";
import { newUserId } from "#db/new-id.ts";
import { emailTokens } from "#db/schema/email-tokens.ts";
import { type User, users } from "#db/schema/users.ts";
import { consumeMessage } from "../consume-message.ts";
import notify from "../index.ts";
import { bindings, db, deliver, recordingEmail } from "./delivery.ts";

/*
 * Queue `mail`: what people are written about their accounts, and what strangers cannot have written
 * to them.
 */

const PASSWORD = "another horse battery";

async function newUser(changed: Partial<User> = {}): Promise<User> {
	const nowMs = Date.now();
	const user = {
		id: newUserId(nowMs),
		email: `${crypto.randomUUID()}@example.com`,
		name: "Ada",
		passwordHash: "!",
		createdAtMs: nowMs,
		emailVerifiedAtMs: nowMs,
		emailUndeliverableAtMs: null,
		emailUndeliverableBecause: null,
		deletedAtMs: null,
		...changed,
	};
	await db.insert(users).values(user);
	return user;
}
const newStranger = (changed: Partial<User> = {}) =>
	newUser({ emailVerifiedAtMs: null, ...changed });

const message = (userId: UserId, kind: string, email?: string) => ({
	v: 1,
	userId,
	kind,
	...(email !== undefined && { email }),
});

const deliverMail = (bodies: unknown[], replaced: Partial<NotifyEnv> = {}, attempts = 1) =>
	deliver(bodies, replaced, attempts, "mail");

/** The one mail that a message is answered with. */
async function mailFor(body: unknown): Promise<Email> {
	const EMAIL = recordingEmail();
	const result = await deliverMail([body], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect(EMAIL.sent).toHaveLength(1);
	const [mail] = await Promise.all(EMAIL.sent);
	if (mail === undefined) throw new Error("no mail was sent");
	return mail;
}

/** Asks that the next mail may go to this address, as auth does. */
const askToMove = (userId: UserId, email: string) =>
	db.insert(emailTokens).values({
		tokenHash: crypto.randomUUID(),
		userId,
		purpose: "change_email",
		email,
		createdAtMs: Date.now(),
		expiresAtMs: Date.now() + 60_000,
	});

/** The token of the link to a page, which both bodies of a mail must have. */
function tokenIn(mail: Email, page: string): string {
	const link = new RegExp(`https://earshot\\.test/${page}#([\\w-]{43})\\b`);
	const token = link.exec(mail.text ?? "")?.[1] ?? "";
	expect(token).not.toBe("");
	expect(mail.html).toContain(`href="https://earshot.test/${page}#${token}"`);
	return token;
}

const to = (mail: Email) => mail.to?.map(({ address }) => address);

test("verify: a link to the user's address, which confirms it", async () => {
	const { id, email } = await newStranger();
	const mail = await mailFor(message(id, "verify"));
	expect([mail.subject, to(mail)]).toEqual(["Confirm your address", [email]]);
	expect(mail.text).toMatch(/works once, until \w+day, \d+ \w+ \d{4}, \d\d:\d\d UTC/);
	const token = tokenIn(mail, "verify");
	expect(await bindings.AUTH.confirmVerification(token)).toMatchObject({ ok: true });
});

test("reset: a link to the user's address, which sets a password", async () => {
	const { id, email } = await newUser();
	const mail = await mailFor(message(id, "reset"));
	expect([mail.subject, to(mail)]).toEqual(["Choose a new password", [email]]);
	expect(mail.text).toContain("Hello Ada,");
	const reset = { token: tokenIn(mail, "reset"), password: PASSWORD };
	expect(await bindings.AUTH.confirmPasswordReset(reset)).toMatchObject({ ok: true });
});

test("address_in_use: the owner is told, and has a way in", async () => {
	const { id, email } = await newUser();
	const mail = await mailFor(message(id, "address_in_use"));
	expect([mail.subject, to(mail)]).toEqual(["You have an account already", [email]]);
	const reset = { token: tokenIn(mail, "reset"), password: PASSWORD };
	expect(await bindings.AUTH.confirmPasswordReset(reset)).toMatchObject({ ok: true });
});

test("change_email: a link to the new address, which moves the account there", async () => {
	const { id } = await newUser();
	// Unusual, and an address for browsers and for registration.
	const email = `a!b#c.${crypto.randomUUID()}@example`;
	await askToMove(id, email);
	const mail = await mailFor(message(id, "change_email", email));
	expect([mail.subject, to(mail)]).toEqual(["Confirm your new address", [email]]);
	const token = tokenIn(mail, "change-email");
	expect(await bindings.AUTH.confirmEmailChange(token)).toMatchObject({ ok: true });
});

test("email_changed: the old address is told", async () => {
	const { id } = await newUser();
	const mail = await mailFor(message(id, "email_changed", "old@example.com"));
	expect(to(mail)).toEqual(["old@example.com"]);
	for (const body of [mail.text, mail.html]) expect(body).toContain("moved to another address");
});

test("password_changed: what has ended, what goes on, and what to do if it was somebody else", async () => {
	const { id, email } = await newUser();
	const mail = await mailFor(message(id, "password_changed"));
	expect([mail.subject, to(mail)]).toEqual(["Your password has been changed", [email]]);
	for (const body of [mail.text, mail.html]) {
		expect(body).toContain("logged out everywhere");
		expect(body).toContain("API keys, if you have any, still work");
		expect(body).toContain("https://earshot.test/reset");
	}
});

const WORDS = "Your account is locked: http://evil.example\r\nBcc: eve@example.com";

test.each<[string, () => Promise<unknown>]>([
	["verify", async () => message((await newStranger({ name: WORDS })).id, "verify")],
	["reset", async () => message((await newStranger({ name: WORDS })).id, "reset")],
	[
		"change_email",
		async () => {
			const { id } = await newUser({ name: WORDS });
			await askToMove(id, "victim@example.com");
			return message(id, "change_email", "victim@example.com");
		},
	],
])("a stranger has no words of theirs sent to an address: %s", async (_, prepare) => {
	const mail = await mailFor(await prepare());
	for (const body of [mail.text, mail.html]) expect(body).not.toContain("locked");
	expect(mail.text).toMatch(/^Hello,\s/);
});

test("a name cannot add a header, an element or another receiver", async () => {
	const { id, email } = await newUser({ name: `<img src=x>${WORDS}` });
	const mail = await mailFor(message(id, "password_changed"));
	expect(mail.headers.map(({ key }) => key)).not.toContain("bcc");
	expect([to(mail), mail.cc, mail.bcc]).toEqual([[email], undefined, undefined]);
	expect(mail.html).not.toContain("<img");
});

test.each<[string, () => Promise<unknown>]>([
	["to confirm what is confirmed", async () => message((await newUser()).id, "verify")],
	["to nobody", async () => message(newUserId(Date.now()), "reset")],
	["to nobody, of a new password", async () => message(newUserId(Date.now()), "password_changed")],
	[
		"to an account that is being deleted",
		async () => message((await newUser({ deletedAtMs: 1 })).id, "reset"),
	],
	[
		"to an address that nobody has asked to move to",
		async () => message((await newUser()).id, "change_email", "else@example.com"),
	],
])("no mail is sent %s", async (_, prepare) => {
	const EMAIL = recordingEmail();
	const result = await deliverMail([await prepare()], { EMAIL });
	expect(result.explicitAcks).toHaveLength(1);
	expect(EMAIL.sent).toEqual([]);
});

test("nobody's mailbox is filled: three links an hour, however often somebody asks", async () => {
	const { id } = await newUser();
	const EMAIL = recordingEmail();
	const kinds = ["reset", "address_in_use"];
	const bodies = Array.from({ length: 10 }, (_, index) => message(id, kinds[index % 2] ?? ""));
	const result = await deliverMail(bodies, { EMAIL });
	expect(result.explicitAcks).toHaveLength(10);
	expect(EMAIL.sent).toHaveLength(3);
});

test.each(["verify", "reset", "change_email"])(
	"%s: while the mail service is down the message comes back, and uses nothing up",
	async (kind) => {
		const user = await newStranger();
		const email = kind === "change_email" ? `${crypto.randomUUID()}@example.com` : undefined;
		if (email !== undefined) await askToMove(user.id, email);
		const body = message(user.id, kind, email);
		const EMAIL = recordingEmail(10);
		for (let attempt = 1; attempt <= 10; attempt++) {
			const result = await deliverMail([body], { EMAIL }, attempt);
			expect(result.retryMessages).toHaveLength(1);
		}
		const result = await deliverMail([body], { EMAIL }, 11);
		expect(result.explicitAcks).toHaveLength(1);
		expect(EMAIL.sent).toHaveLength(1);
		const rows = await db.select().from(emailTokens).where(eq(emailTokens.userId, user.id));
		expect(rows).toHaveLength(1);
	},
);

test("while auth is down the message comes back", async () => {
	const { id } = await newStranger();
	const down = () => Promise.reject(new Error("auth is down"));
	const AUTH = new Proxy(bindings.AUTH, { get: () => down });
	const result = await deliverMail([message(id, "verify")], { AUTH });
	expect(result.retryMessages).toHaveLength(1);
});

test("it comes back ever later, and at last every hour", async () => {
	const fails = () => Promise.reject(new Error("down"));
	const delays: (number | undefined)[] = [];
	for (const attempts of [1, 2, 3, 8, 9, 100]) {
		const retry = vi.fn<Message["retry"]>();
		const failing = { id: "1", attempts, retry, ack: () => {} } as unknown as Message;
		await consumeMessage(failing, fails);
		delays.push(retry.mock.calls[0]?.[0]?.delaySeconds);
	}
	expect(delays).toEqual([20, 40, 80, 2560, 3600, 3600]);
});

test.each([
	["an unknown version", { ...message(newUserId(1), "verify"), v: 2 }],
	["an unknown kind", message(newUserId(1), "congratulate")],
	["a malformed id", { ...message(newUserId(1), "verify"), userId: "' or 1=1" }],
	["two addresses", message(newUserId(1), "change_email", "a@example.com,b@example.com")],
	["a header in an address", message(newUserId(1), "email_changed", "a@b.co\r\nBcc: c@d.co")],
	["a secret", { ...message(newUserId(1), "verify"), token: "x" }],
	["text", "hello"],
	["nothing", null],
])("a message with %s is dropped, and holds up no other", async (_, body) => {
	const { id } = await newStranger();
	const EMAIL = recordingEmail();
	const result = await deliverMail([body, message(id, "verify")], { EMAIL });
	expect(result.explicitAcks).toHaveLength(2);
	expect(EMAIL.sent).toHaveLength(1);
});

test("nothing that is logged has a token in it, nor an address", async () => {
	const logged: string[] = [];
	const spies = (["info", "warn", "error", "debug"] as const).map((level) =>
		vi.spyOn(console, level).mockImplementation((line) => void logged.push(String(line))),
	);
	const { id, email } = await newStranger();
	const mail = await mailFor(message(id, "verify"));
	await deliverMail([message(id, "reset")], { EMAIL: recordingEmail(1) });
	for (const spy of spies) spy.mockRestore();
	expect(logged.join()).toContain("account_mail_sent");
	for (const secret of [tokenIn(mail, "verify"), email])
		expect(logged.join()).not.toContain(secret);
});

test("a queue that nobody reads is a fault, not an empty one", async () => {
	const batch = { queue: "else", messages: [] } as unknown as MessageBatch;
	await expect(notify.queue(batch, bindings)).rejects.toThrow("nobody consumes");
});
