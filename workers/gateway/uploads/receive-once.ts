import { createHash } from "node:crypto";
import { describeError } from "#contracts/log-line.ts";
import { releaseKey, takeKey } from "#db/queries/idempotency.ts";
import { KEY_DETAILS } from "../http/idempotency-key.ts";
import { log } from "../http/log.ts";
import { IDEMPOTENCY_LOCK_MS } from "../limits.ts";
import { uploadFingerprint } from "./fingerprint.ts";
import type { FormEvent } from "./form-events.ts";
import { brokenOff, failed, type Received, receive } from "./receive-video.ts";
import type { Reception } from "./video-upload.ts";

type Used = Extract<Awaited<ReturnType<typeof takeKey>>, { state: "used" }>;

/**
 * Receives an upload that carries an Idempotency-Key: the first one with it is stored, and whoever
 * sends the same again is told what came of it.
 */
export async function receiveOnce(
	reception: Reception,
	key: string,
	events: AsyncGenerator<FormEvent, void>,
): Promise<Received> {
	const { db, userId } = reception;
	const times = { nowMs: Date.now(), lockMs: IDEMPOTENCY_LOCK_MS };
	const taken = await takeKey(db, userId, key, times);
	switch (taken.state) {
		case "busy":
			return failed("idempotency_key_busy", KEY_DETAILS.idempotency_key_busy);
		case "used":
			return compare(taken, events);
		case "held": {
			const received = await receive({ ...reception, held: taken.held }, events);
			if (!received.ok) {
				await releaseKey(db, taken.held).catch((error: unknown) => {
					log("warn", "idempotency_key_left", { error: describeError(error) });
				});
			}
			return received;
		}
	}
}

/** Reads an upload to its end, stores nothing of it, and answers with what came of the first. */
async function compare(used: Used, events: AsyncGenerator<FormEvent, void>): Promise<Received> {
	const fields = new Map<string, string>();
	const hash = createHash("sha256");
	let filename = "";
	for await (const event of events) {
		switch (event.type) {
			case "field":
				fields.set(event.name, event.value);
				break;
			case "file":
				filename = event.filename ?? "";
				break;
			case "chunk":
				hash.update(event.bytes);
				break;
			case "malformed":
			case "interrupted":
				// Nobody knows what it would have been.
				return brokenOff(event);
		}
	}
	if (uploadFingerprint(fields, filename, hash.digest("hex")) === used.fingerprint) {
		return { ok: true, conversion: used.conversion, isNew: false };
	}
	return failed("idempotency_key_reused", KEY_DETAILS.idempotency_key_reused);
}
