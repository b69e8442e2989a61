import { env } from "cloudflare:test";
import { exports } from "cloudflare:workers";
import type { UserId } from "#contracts/ids.ts";
import { connect } from "#db/connect.ts";
import { findUserByEmail } from "#db/queries/users.ts";
import { apiKeys } from "#db/schema/api-keys.ts";
import { identities } from "#db/schema/identities.ts";
import { sessions } from "#db/schema/sessions.ts";
import type { MailSender } from "../account-mail.ts";
import { issueEmailToken } from "../issue-email-token.ts";

export const auth = exports.default;
export const db = connect(env.DB);
export const PASSWORD = "correct horse battery";

export const newAddress = () => `${crypto.randomUUID()}@example.com`;

/** Keeps what would be sent to the queue `mail`. */
export function outbox(): MailSender & { sent: Parameters<MailSender>[0][] } {
	const sent: Parameters<MailSender>[0][] = [];
	const sender = async (mail: Parameters<MailSender>[0]) => void sent.push(mail);
	return Object.assign(sender, { sent });
}

/** Somebody who has registered, and not opened the link yet. */
export async function newStranger(username = newAddress(), password = PASSWORD) {
	await auth.register({ name: "Ada", username, password });
	const user = await findUserByEmail(db, username);
	if (user === null) throw new Error("nobody was registered");
	return { id: user.id, username, password };
}

/** Somebody who has opened it. */
export async function newUser(username = newAddress(), password = PASSWORD) {
	const user = await newStranger(username, password);
	await auth.confirmVerification(await mailedToken(user.id, "verify"));
	return user;
}

/** The token that the mail would hold. */
export async function mailedToken(
	userId: UserId,
	purpose: "verify" | "reset",
	nowMs = Date.now(),
): Promise<string> {
	const issued = await issueEmailToken(db, outbox(), { userId, purpose }, nowMs);
	if (issued === null) throw new Error(`no link to ${purpose}`);
	return issued.token;
}

/** The token that the mail to a new address would hold, once it was asked for. */
export async function mailedMove(userId: UserId, email: string): Promise<string> {
	const request = { userId, purpose: "change_email", email } as const;
	const issued = await auth.issueEmailToken(request);
	if (issued === null) throw new Error("no link to the new address");
	return issued.token;
}

/** What hangs on an account that somebody uses: a session, a key, a sign-in elsewhere. */
export async function settleIn(userId: UserId): Promise<void> {
	const createdAtMs = Date.now();
	const unique = crypto.randomUUID();
	await db.insert(sessions).values({
		id: `ses_${unique}` as `ses_${string}`,
		userId,
		userAgent: "Test",
		createdAtMs,
		lastUsedAtMs: createdAtMs,
		expiresAtMs: createdAtMs + 1000,
	});
	await db.insert(apiKeys).values({
		id: `key_${unique}` as `key_${string}`,
		userId,
		keyHash: unique,
		name: "script",
		hint: "e",
		scopes: ["read"],
		createdAtMs,
	});
	await db.insert(identities).values({ provider: "example", subject: unique, userId, createdAtMs });
}

/** How many rows of each kind hang on an account. */
export async function belongings(userId: UserId): Promise<Record<string, number>> {
	const count = (table: string) =>
		env.DB.prepare(`select count(*) as n from ${table} where user_id = ?`)
			.bind(userId)
			.first<number>("n");
	return {
		sessions: (await count("sessions")) ?? 0,
		keys: (await count("api_keys")) ?? 0,
		identities: (await count("identities")) ?? 0,
		links: (await count("email_tokens")) ?? 0,
	};
}

/** A D1 binding that counts what is asked of it. */
export function countingD1(): { DB: D1Database; asked: () => number } {
	let asked = 0;
	const DB = new Proxy(env.DB, {
		get(target, name) {
			const member = Reflect.get(target, name, target);
			if (typeof member !== "function") return member;
			return (...given: unknown[]) => {
				asked += 1;
				return Reflect.apply(member, target, given);
			};
		},
	});
	return { DB, asked: () => asked };
}
