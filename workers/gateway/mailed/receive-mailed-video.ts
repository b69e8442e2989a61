import { createHash } from "node:crypto";
import type { MailedVideo, MailedVideoResult } from "#contracts/mailed-video.ts";
import type { Db } from "#db/connect.ts";
import { hasMailThread, insertMailThread } from "#db/queries/mail-threads.ts";
import { findLimits } from "#db/queries/user-usage.ts";
import { queueAttempt } from "../conversions/queue-attempt.ts";
import { READ_BYTES } from "../limits.ts";
import type { FormEvent } from "../uploads/form-events.ts";
import { usualLimits } from "../uploads/quota.ts";
import { receiveOnce } from "../uploads/receive-once.ts";

/** What may have passed by the time a mail server tries again. */
const TEMPORARY: readonly string[] = [
	"idempotency_key_busy",
	"storage_unavailable",
	"upload_interrupted",
];

/**
 * Takes a video that came by mail as it would an upload, with the same limits and checks. One mail is
 * one conversion, however often it is delivered: its Message-ID is the Idempotency-Key, and the thread
 * that the answer goes to is written before the conversion is queued.
 */
export async function receiveMailedVideo(
	env: GatewayEnv,
	db: Db,
	{ userId, filename, video, options, mail }: MailedVideo,
): Promise<MailedVideoResult> {
	if (await hasMailThread(db, userId, mail.messageId)) return { ok: true, isNew: false };
	const limits = await findLimits(db, userId, usualLimits(env));
	if (limits === null) throw new Error("an account that was there a moment ago is gone");
	const sizeBytes = video.byteLength;
	const reception = {
		db,
		bucket: env.VIDEOS,
		userId,
		limits,
		maxBytes: limits.videoBytes,
		announcedBytes: sizeBytes,
		exactBytes: sizeBytes,
		declaredSha256: null,
	};
	const key = `mail:${createHash("sha256").update(mail.messageId).digest("hex")}`;
	const received = await receiveOnce(reception, key, eventsOf(filename, options, video));
	if (!received.ok) {
		const { code, detail } = received;
		return { ok: false, code, detail, isTemporary: TEMPORARY.includes(code) };
	}
	const { conversion, isNew } = received;
	await insertMailThread(db, { conversionId: conversion.id, userId, ...mail });
	await queueAttempt(env, db, conversion);
	return { ok: true, isNew };
}

/** What the form would have said. */
async function* eventsOf(
	filename: string,
	options: Record<string, string>,
	video: Uint8Array,
): AsyncGenerator<FormEvent, void> {
	for (const [name, value] of Object.entries(options)) yield { type: "field", name, value };
	yield { type: "file", name: "file", filename };
	for (let at = 0; at < video.byteLength; at += READ_BYTES) {
		yield { type: "chunk", bytes: video.subarray(at, at + READ_BYTES) };
	}
}
