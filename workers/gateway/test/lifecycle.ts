import { env } from "cloudflare:test";
import { expect } from "vitest";
import type { OutputFacts } from "#contracts/conversion-outcome.ts";
import type { VideoMessage } from "#contracts/video-message.ts";
import { connect } from "#db/connect.ts";
import { finishConversion } from "#db/queries/conversion-finish.ts";
import { bindings, callControl } from "./client.ts";

export const db = connect(env.DB);

export const source = { container: "mov,mp4", audioCodec: "aac", durationSeconds: 3 };
const facts = {
	codec: "mp3",
	encoding: "vbr",
	cappedToSource: false,
	sha256: "ab".repeat(32),
	durationSeconds: 3,
	bitrateKbps: 190,
	sampleRateHz: 44_100,
	channels: 2,
} as const;

export const MP3_KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** A claim id, as a transcoder makes one. */
export const newClaim = () => ({ claimId: crypto.randomUUID() });

/** Stores an MP3 where the attempt's presigned PUT would, and says what was stored. */
export async function storeMp3(message: VideoMessage, mp3: string): Promise<OutputFacts> {
	await bindings.MP3S.put(`${message.conversionId}/${message.attempt}.mp3`, mp3);
	return { ...facts, sizeBytes: new TextEncoder().encode(mp3).byteLength };
}

/** Takes a queued conversion all the way: claim, store, settle (as a transcoder), finish (as notify). */
export async function convert(message: VideoMessage, mp3 = "0123456789"): Promise<void> {
	const claim = newClaim();
	expect(await callControl(message, "claim", claim)).toMatchObject({ verdict: "go" });
	const outcome = { type: "converted", source, output: await storeMp3(message, mp3) };
	expect(await callControl(message, "settle", { ...claim, outcome })).toMatchObject({
		verdict: "publish",
	});
	await finish(message);
}

/** What notify does to the row. */
export async function finish({ conversionId, attempt }: VideoMessage): Promise<void> {
	const times = { nowMs: Date.now(), videoGraceMs: 0, mp3KeptMs: MP3_KEPT_MS };
	await finishConversion(db, { id: conversionId, attempt }, times);
}

export interface Row {
	status: string;
	attempt: number;
	attempts_before: number;
	renewals: number;
	progress: number;
	claim_id: string | null;
	heartbeat_at_ms: number | null;
	settled_at_ms: number | null;
	outcome: string | null;
	finished_at_ms: number | null;
	multipart_upload_id: string | null;
	video_expires_at_ms: number | null;
	expires_at_ms: number | null;
}

export async function row(id: string): Promise<Row> {
	const found = await bindings.DB.prepare("select * from conversions where id = ?")
		.bind(id)
		.first<Row>();
	if (found === null) throw new Error(`no conversion ${id}`);
	return found;
}
