import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { DECLARED_LENGTH } from "../ffmpeg/formats.ts";
import { packetReach } from "../ffmpeg/packet-reach.ts";
import type { AudioStream, MediaFile } from "../ffmpeg/probe.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { countFrames } from "../mp3/count-frames.ts";
import type { InfoHeader } from "../mp3/info-header.ts";
import { declaredSizeBytes } from "./declared-size.ts";
import { readOutput } from "./read-output.ts";
import { type Failure, failed, type Result, succeeded } from "./result.ts";

/**
 * ffmpeg exits with 0 after empty and truncated inputs, so what came out is looked over: nothing but
 * frames of one MP3, as many of them and as many bytes as its own header says, and not cut short
 * because the source was.
 */

/** Encoder padding, container rounding and a frame lost here or there stay well below this. */
const TOLERANCE_SECONDS = 0.5;

export type Verification = {
	directory: string;
	/** File names in the directory. */
	source: string;
	output: string;
	/** The MP3 was in the source as it is. */
	isCopy: boolean;
	media: MediaFile;
	sound: AudioStream;
	/** Of the video's timeline the MP3 is this part. */
	cut: { startSeconds: number; endSeconds: number | undefined };
	/** Where that begins, in the file's own time. */
	timelineBeginsSeconds: number;
};

export async function verifyOutput(
	verification: Verification,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<InfoHeader>> {
	const { directory, output, cut } = verification;
	const nothing = (): Failure =>
		cut.startSeconds > 0
			? failed("cut_beyond_end", "no sound after the cut's start")
			: failed("corrupt_input", "no sound came out of the source");
	const path = join(directory, output);
	const { sizeBytes, header } = await readOutput(path);
	if (!header || header.frames === 0 || header.durationSeconds === 0) return nothing();
	if (header.sizeBytes !== sizeBytes - header.offset) {
		return failed("internal", "the MP3 is not as long as its header says");
	}
	if (header.durationSeconds >= MAX_DURATION_SECONDS) {
		return failed("too_long", "the sound goes on after the longest duration");
	}
	const frames = await countFrames(path, header, signal);
	if (!frames.ok) return frames;
	// The header's own frame does not count.
	if (frames.value - 1 !== header.frames) {
		return failed("internal", `the MP3 has ${frames.value} frames, its header ${header.frames}`);
	}
	const truncation = await findTruncation(verification, header.durationSeconds, toolbox, signal);
	if (truncation) return truncation;
	return succeeded(header);
}

/**
 * Sound shorter than the source declares is no proof: it may end before the picture does. Then the
 * packets decide: whether they go on to the declared end, and the MP3 as long as those of its sound.
 * Where the file declares its size, that decides.
 */
async function findTruncation(
	verification: Verification,
	outputSeconds: number,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Failure | undefined> {
	const { startSeconds, endSeconds = Number.POSITIVE_INFINITY } = verification.cut;
	const isAllThatWasAskedFor = outputSeconds >= endSeconds - startSeconds - TOLERANCE_SECONDS;
	if (isAllThatWasAskedFor) return undefined;
	const missing = await findMissing(verification, outputSeconds, toolbox, signal);
	if (!missing.ok) return missing;
	const { absentSeconds, undecodedSeconds = 0 } = missing.value;
	if (absentSeconds > TOLERANCE_SECONDS) {
		return failed("corrupt_input", `the source lacks its last ${absentSeconds.toFixed(1)} s`);
	}
	if (undecodedSeconds > TOLERANCE_SECONDS) {
		const seconds = undecodedSeconds.toFixed(1);
		return failed("corrupt_input", `the last ${seconds} s of the sound cannot be decoded`);
	}
	return undefined;
}

type Missing = {
	/** The file says that it goes on so much longer than it does. */
	absentSeconds: number;
	/** So much of the sound is in the file and not in the MP3. */
	undecodedSeconds?: number;
};

async function findMissing(
	{ directory, source, isCopy, media, sound, cut, timelineBeginsSeconds }: Verification,
	outputSeconds: number,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Missing>> {
	const onTimelineSeconds = cut.startSeconds + outputSeconds;
	const path = resolve(directory, source);
	const declaredBytes = await declaredSizeBytes(path, media.container);
	if (declaredBytes !== undefined) {
		const { size } = await stat(path);
		return succeeded({ absentSeconds: ((declaredBytes - size) / size) * onTimelineSeconds });
	}
	const declared = declaredEnd(media, sound);
	const endsSeconds = timelineBeginsSeconds + onTimelineSeconds;
	if (!declared || endsSeconds >= declared.endsSeconds - TOLERANCE_SECONDS) {
		return succeeded({ absentSeconds: 0 });
	}
	const found = await packetReach({ input: source, directory }, toolbox, signal);
	if (!found.ok) return found;
	const reachOf = (stream: number) => found.value.get(stream) ?? Number.NEGATIVE_INFINITY;
	const { stream } = declared;
	const reach = stream === "any" ? Math.max(...found.value.values()) : reachOf(stream);
	// A copy has all packets, whatever a decoder would make of them.
	if (isCopy) return succeeded({ absentSeconds: declared.endsSeconds - reach });
	const askedSeconds = timelineBeginsSeconds + (cut.endSeconds ?? Number.POSITIVE_INFINITY);
	const soundEnds = Math.min(reachOf(sound.index), askedSeconds);
	return succeeded({
		absentSeconds: declared.endsSeconds - reach,
		undecodedSeconds: soundEnds - endsSeconds,
	});
}

/** In the file's own time, and the stream that goes on until then. */
function declaredEnd(media: MediaFile, sound: AudioStream) {
	const kind = DECLARED_LENGTH[media.container];
	if (!kind) return undefined;
	if (kind === "stream" && sound.durationSeconds !== undefined) {
		const { startSeconds = 0, durationSeconds } = sound;
		return { stream: sound.index, endsSeconds: startSeconds + durationSeconds };
	}
	// ffprobe adds to this end for a file what it takes for the length of a stream that begins late.
	const end = (kind === "end" && sound.durationSeconds) || media.durationSeconds;
	if (end === undefined) return undefined;
	return { stream: "any", endsSeconds: kind === "end" ? end : media.startSeconds + end } as const;
}
