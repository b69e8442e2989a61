import { and, eq, isNotNull, isNull } from "drizzle-orm";
import type { UserId } from "#contracts/ids.ts";
import type { Db } from "../connect.ts";
import { users } from "../schema/users.ts";
import { isUser } from "./users.ts";

/*
 * Addresses that mail came back from. Nothing is sent there until their owner confirms them anew.
 */

/** Notes that no mail can be delivered to an address, and why. What was noted first stays. */
export async function markUndeliverable(
	db: Db,
	email: string,
	{ nowMs, because }: { nowMs: number; because: string },
): Promise<void> {
	await db
		.update(users)
		.set({ emailUndeliverableAtMs: nowMs, emailUndeliverableBecause: because })
		.where(and(eq(users.email, email.toLowerCase()), isNull(users.emailUndeliverableAtMs)));
}

export async function isUndeliverable(db: Db, id: UserId): Promise<boolean> {
	const marked = await db
		.select({ id: users.id })
		.from(users)
		.where(and(isUser(id), isNotNull(users.emailUndeliverableAtMs)))
		.get();
	return marked !== undefined;
}
