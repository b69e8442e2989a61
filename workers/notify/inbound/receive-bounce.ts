import type { Email } from "postal-mime";
import type { Db } from "#db/connect.ts";
import { markUndeliverable } from "#db/queries/undeliverable.ts";
import { isMailMark } from "#signing/mail-mark.ts";
import { log } from "../log.ts";
import { readBounces } from "./read-bounce.ts";

/**
 * Marks the addresses that a mail of ours came back from. A report is believed only about a mail that
 * has our mark for that address in it: anybody can write a report, and nobody who has not had the mail
 * knows its mark.
 */
export async function receiveBounce(
	env: Pick<NotifyEnv, "NOTIFY_KEY">,
	db: Db,
	email: Email,
): Promise<void> {
	let believed = 0;
	for (const { addresses, because, names } of readBounces(email)) {
		const address = addresses.find((to) => names.some((name) => isOurs(env.NOTIFY_KEY, name, to)));
		if (address === undefined) continue;
		await markUndeliverable(db, address, { nowMs: Date.now(), because });
		believed += 1;
	}
	log("info", "bounce_received", { believed });
}

/** The name of a mail is its event and its mark, as encode-mime.ts has it. */
function isOurs(notifyKey: string, name: string, to: string): boolean {
	const dot = name.lastIndexOf(".");
	return isMailMark(notifyKey, { eventId: name.slice(0, dot), to }, name.slice(dot + 1));
}
