import { open } from "node:fs/promises";
import { join } from "node:path";
import type { OutputFacts } from "#contracts/conversion-outcome.ts";
import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { DECLARED_LENGTH } from "../ffmpeg/formats.ts";
import { packetReach } from "../ffmpeg/packet-reach.ts";
import { type MediaFile, probe } from "../ffmpeg/probe.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { INFO_HEADER_BYTES, type InfoHeader, readInfoHeader } from "../mp3/info-header.ts";
import { type Failure, failed, type Result, succeeded } from "./result.ts";

/**
 * ffmpeg exits with 0 after empty and truncated inputs, so what it wrote is looked over: an MP3,
 * whole by its own header, and not cut short because the source was.
 */

/** Encoder padding, container rounding and a frame lost here or there stay well below this. */
const TOLERANCE_SECONDS = 0.5;

export type Verification = {
	directory: string;
	/** File names in the directory. */
	source: string;
	output: string;
	media: MediaFile;
	audioIndex: number;
};

export async function verifyOutput(
	verification: Verification,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<OutputFacts>> {
	const { directory, output } = verification;
	const seen = await probe(output, directory, toolbox, signal);
	if (!seen.ok && seen.code !== "corrupt_input") return seen;
	if (!seen.ok || seen.value.container !== "mp3") {
		return failed("corrupt_input", "no sound came out of the source");
	}
	const { sizeBytes, header } = await readHead(join(directory, output));
	if (!header || header.frames === 0 || header.durationSeconds === 0) {
		return failed("corrupt_input", "no sound came out of the source");
	}
	if (header.sizeBytes !== sizeBytes - header.offset) {
		return failed("internal", "the MP3 is not as long as its header says");
	}
	if (header.durationSeconds >= MAX_DURATION_SECONDS) {
		return failed("too_long", "the sound goes on after the longest duration");
	}
	const truncation = await findTruncation(verification, header.durationSeconds, toolbox, signal);
	if (truncation) return truncation;
	return succeeded(outputFacts(header, sizeBytes));
}

/**
 * Sound shorter than the source declares is no proof: it may end before the picture does, or have
 * gaps, which MP3 cannot express. Then the packets decide: whether they go on to the declared end.
 */
async function findTruncation(
	{ directory, source, media, audioIndex }: Verification,
	outputSeconds: number,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Failure | undefined> {
	const declared = declaredEnd(media);
	if (!declared || outputSeconds >= declared.durationSeconds - TOLERANCE_SECONDS) return undefined;

	const stream = declared.of === "audio" ? audioIndex : "any";
	const reach = await packetReach({ input: source, directory, stream }, toolbox, signal);
	if (!reach.ok) return reach;
	const missing = declared.startSeconds + declared.durationSeconds - reach.value;
	if (missing <= TOLERANCE_SECONDS) return undefined;
	return failed("corrupt_input", `the source lacks its last ${missing.toFixed(1)} s`);
}

function declaredEnd(media: MediaFile) {
	const kind = DECLARED_LENGTH[media.container];
	if (!kind) return undefined;
	if (kind === "stream" && media.audio?.durationSeconds !== undefined) {
		const { startSeconds, durationSeconds } = media.audio;
		return { of: "audio", startSeconds, durationSeconds } as const;
	}
	if (media.durationSeconds === undefined) return undefined;
	const { startSeconds, durationSeconds } = media;
	return { of: "file", startSeconds, durationSeconds } as const;
}

async function readHead(path: string) {
	await using file = await open(path);
	const { size: sizeBytes } = await file.stat();
	const { buffer, bytesRead } = await file.read(Buffer.alloc(INFO_HEADER_BYTES), 0);
	return { sizeBytes, header: readInfoHeader(buffer.subarray(0, bytesRead)) };
}

function outputFacts(header: InfoHeader, sizeBytes: number): OutputFacts {
	const { durationSeconds, sampleRateHz, channels } = header;
	const bitrateKbps = Math.round((sizeBytes * 8) / durationSeconds / 100) / 10;
	return { sizeBytes, durationSeconds, bitrateKbps, sampleRateHz, channels };
}
