import { open, rm } from "node:fs/promises";
import type { VideoMessage } from "#contracts/video-message.ts";
import { type Result, succeeded } from "../job/result.ts";
import {
	EARLY_HEAD_LEAST_BYTES,
	EARLY_HEAD_MOST_BYTES,
	EARLY_HEAD_SHARE,
	EARLY_SOUND_BYTES,
	SOUND_ONLY_FROM_BYTES,
} from "../limits.ts";
import type { Log } from "../log.ts";
import { type AudioOnlyPlan, planAudioOnly } from "../mp4/audio-only.ts";
import { type Surprise, surprise } from "../mp4/surprise.ts";
import type { Pacing } from "../pacing.ts";
import { downloadSource } from "./download.ts";
import type { GrowingFile } from "./growing-file.ts";
import { createRangeReader, type RangeReader } from "./range-reader.ts";
import { readMovieIndex } from "./read-movie-index.ts";
import { readRanges } from "./read-ranges.ts";
import { writeAt } from "./write-at.ts";

type Source = VideoMessage["source"];
export type Wanted = {
	source: Source;
	/** The one sound that is needed, by its place among them; `undefined`: all there is. */
	sound: number | undefined;
};

type FetchTools = {
	onProgress: (fraction: number) => void;
	pacing: Pacing;
	log: Log;
	/** The local file, for those who do not want to wait. */
	growing?: GrowingFile;
};

/**
 * The uploaded video as a local file, as far as it is needed: of an MP4 or QuickTime file the one
 * sound alone; of others, and whenever there is the least doubt, all of it.
 */
export async function fetchSource(
	{ source, sound: number }: Wanted,
	path: string,
	{ onProgress, pacing, log, growing }: FetchTools,
	signal: AbortSignal,
): Promise<Result<{ isSoundAlone: boolean }>> {
	const reader = createRangeReader(source, pacing);
	const tools = { reader, onProgress, growing };
	const sound = await fetchSound({ source, sound: number }, path, tools, signal);
	const { requests, bytes } = reader.traffic;
	if (!("surprise" in sound)) {
		if (!sound.ok) return sound;
		growing?.end();
		log.info("source_fetched", { way: "sound_only", requests, bytesRead: bytes });
		return succeeded({ isSoundAlone: true });
	}
	// What has been written may end in the middle, and the download wants the name for itself.
	await rm(path, { force: true });
	growing?.begin({ isSoundAlone: false, headBytes: headBytes(source) });
	const downloaded = await downloadSource(source, path, { onProgress, pacing, growing }, signal);
	if (!downloaded.ok) return downloaded;
	growing?.end();
	const bytesRead = bytes + source.sizeBytes;
	log.info("source_fetched", { way: "whole", reason: sound.surprise, bytesRead });
	return succeeded({ isSoundAlone: false });
}

function headBytes({ sizeBytes }: Source): number {
	const share = Math.floor(sizeBytes * EARLY_HEAD_SHARE);
	return Math.min(EARLY_HEAD_MOST_BYTES, Math.max(EARLY_HEAD_LEAST_BYTES, share));
}

type SoundTools = Pick<FetchTools, "onProgress"> & {
	growing: GrowingFile | undefined;
	reader: RangeReader;
};

async function fetchSound(
	{ source: { sizeBytes }, sound }: Wanted,
	path: string,
	{ reader, onProgress, growing }: SoundTools,
	signal: AbortSignal,
): Promise<Result<void> | Surprise> {
	if (sizeBytes < SOUND_ONLY_FROM_BYTES) return surprise("small");
	if (sound === undefined) return surprise("wanted");
	const planned = await plan(reader, sizeBytes, sound, signal);
	if ("surprise" in planned || !planned.ok) return planned;
	const { header, packing, ranges } = planned.value;

	await using file = await open(path, "wx");
	await writeAt(file, header, 0);
	growing?.begin({ isSoundAlone: true, headBytes: header.length + EARLY_SOUND_BYTES });
	const keep = async (bytes: Uint8Array, offset: number) => {
		for (const { place, parts } of packing.pick(bytes, offset)) {
			await writeAt(file, Buffer.concat(parts), header.length + place);
		}
	};
	const onFront = (offset: number) => growing?.grow(header.length + packing.reach(offset));
	const read = await readRanges(reader, ranges, { keep, onFront, onProgress }, signal);
	// What has been read of it is no part of what is fetched in its place.
	if ("surprise" in read) growing?.giveUp();
	return read;
}

/** On its own, so that the index is let go of before the sound is read. */
async function plan(
	reader: RangeReader,
	sizeBytes: number,
	sound: number,
	signal: AbortSignal,
): Promise<Result<AudioOnlyPlan> | Surprise> {
	const index = await readMovieIndex(reader, sizeBytes, signal);
	if ("surprise" in index || !index.ok) return index;
	const planned = planAudioOnly(index.value, sound);
	return "surprise" in planned ? planned : succeeded(planned);
}
