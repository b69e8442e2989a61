import { open, rm } from "node:fs/promises";
import type { VideoMessage } from "#contracts/video-message.ts";
import { type Result, succeeded } from "../job/result.ts";
import { SOUND_ONLY_FROM_BYTES } from "../limits.ts";
import type { Log } from "../log.ts";
import { type AudioOnlyPlan, planAudioOnly } from "../mp4/audio-only.ts";
import { type Surprise, surprise } from "../mp4/surprise.ts";
import type { Pacing } from "../pacing.ts";
import { downloadSource } from "./download.ts";
import { createRangeReader, type RangeReader } from "./range-reader.ts";
import { readMovieIndex } from "./read-movie-index.ts";
import { readRanges } from "./read-ranges.ts";
import { writeAt } from "./write-at.ts";

type Source = VideoMessage["source"];
type FetchTools = { onProgress: (fraction: number) => void; pacing: Pacing; log: Log };

/**
 * The uploaded video as a local file, as far as its sound needs it: of an MP4 or QuickTime file the
 * first sound alone, when that is worth it; else, and whenever there is the least doubt, all of it.
 */
export async function fetchSource(
	source: Source,
	path: string,
	{ onProgress, pacing, log }: FetchTools,
	signal: AbortSignal,
): Promise<Result<void>> {
	const reader = createRangeReader(source, pacing);
	const sound = await fetchSound(source, path, { reader, onProgress }, signal);
	const { requests, bytes } = reader.traffic;
	if (!("surprise" in sound)) {
		if (sound.ok) log.info("source_fetched", { way: "sound_only", requests, bytesRead: bytes });
		return sound;
	}
	// What has been written may end in the middle, and the download wants the name for itself.
	await rm(path, { force: true });
	const downloaded = await downloadSource(source, path, { onProgress, pacing }, signal);
	if (downloaded.ok) {
		const bytesRead = bytes + source.sizeBytes;
		log.info("source_fetched", { way: "whole", reason: sound.surprise, bytesRead });
	}
	return downloaded;
}

async function fetchSound(
	{ sizeBytes }: Source,
	path: string,
	{ reader, onProgress }: { reader: RangeReader; onProgress: (fraction: number) => void },
	signal: AbortSignal,
): Promise<Result<void> | Surprise> {
	if (sizeBytes < SOUND_ONLY_FROM_BYTES) return surprise("small");
	const planned = await plan(reader, sizeBytes, signal);
	if ("surprise" in planned || !planned.ok) return planned;
	const { header, ranges } = planned.value;

	await using file = await open(path, "wx");
	await writeAt(file, header, 0);
	const keep = (bytes: Uint8Array, position: number) =>
		writeAt(file, bytes, header.length + position);
	return await readRanges(reader, ranges, { keep, onProgress }, signal);
}

/** On its own, so that the index is let go of before the sound is read. */
async function plan(
	reader: RangeReader,
	sizeBytes: number,
	signal: AbortSignal,
): Promise<Result<AudioOnlyPlan> | Surprise> {
	const index = await readMovieIndex(reader, sizeBytes, signal);
	if ("surprise" in index || !index.ok) return index;
	const planned = planAudioOnly(index.value);
	return "surprise" in planned ? planned : succeeded(planned);
}
