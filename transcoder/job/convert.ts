import { join } from "node:path";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import type { VideoMessage } from "#contracts/video-message.ts";
import type { Cores } from "../cores.ts";
import { bitrateKbpsOf, probeWithBitrates } from "../ffmpeg/bitrates.ts";
import { extractCover } from "../ffmpeg/extract-cover.ts";
import type { MediaFile } from "../ffmpeg/probe.ts";
import { limitedTo, taskLimits, type Workload } from "../ffmpeg/task-limits.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import type { Log } from "../log.ts";
import { writeId3Tag } from "../mp3/id3-tag.ts";
import type { Pacing } from "../pacing.ts";
import { chooseSound } from "../plan/choose-sound.ts";
import { composeTag } from "../plan/compose-tag.ts";
import { soundNeeded } from "../plan/parts-needed.ts";
import { timelineBeginsSeconds } from "../plan/timeline.ts";
import { fetchSource } from "../storage/fetch-source.ts";
import { GrowingFile } from "../storage/growing-file.ts";
import { uploadTarget } from "../storage/upload.ts";
import { encodeEarly } from "./early-encode.ts";
import { outputFacts, sourceFacts } from "./facts.ts";
import { makeMp3 } from "./make-mp3.ts";
import type { Progress } from "./progress.ts";
import { failed, type Result, succeeded } from "./result.ts";
import { sha256Of, taggedFile } from "./tagged-file.ts";

/** Ours, whatever the owner called the upload: names are input too. */
const SOURCE = "source";
const OUTPUT = "output.mp3";

export type ConvertTools = {
	toolbox: Toolbox;
	cores: Pick<Cores, "share">;
	progress: Progress;
	pacing: Pacing;
	log: Log;
};

/** Video in the message's source, MP3 in its target. Rejects only when the signal is aborted. */
export async function convert(
	message: VideoMessage,
	directory: string,
	tools: ConvertTools,
	signal: AbortSignal,
): Promise<ConversionOutcome> {
	const result = await steps(message, directory, tools, signal);
	if (result.ok) return result.value;
	tools.log.warn("conversion_failed", { code: result.code, detail: result.detail });
	return { type: "failed", error: jobErrorFor(result.code) };
}

async function steps(
	{ source, target, options, limits: { maxDurationSeconds } }: VideoMessage,
	directory: string,
	{ toolbox: anyToolbox, cores, progress, pacing, log }: ConvertTools,
	signal: AbortSignal,
): Promise<Result<ConversionOutcome>> {
	const onFetch = (fraction: number) => progress.advance("probing", fraction);
	const path = join(directory, SOURCE);
	const growing = new GrowingFile(path);
	const { sizeBytes } = source;
	const place = { output: OUTPUT, directory };
	await using early = encodeEarly(
		{ growing, name: SOURCE, sizeBytes, options, cores: cores.share(), ...place },
		{ toolbox: anyToolbox, log },
		signal,
	);
	const fetched = await fetchSource(
		{ source, sound: soundNeeded(options) },
		path,
		{ onProgress: onFetch, pacing, log, growing },
		signal,
	);
	if (!fetched.ok) return fetched;
	const { isSoundAlone } = fetched.value;

	const known = isSoundAlone ? await early.media() : undefined;
	const probed = known
		? succeeded(known)
		: await probeWithBitrates(SOURCE, directory, anyToolbox, signal);
	if (!probed.ok) return probed;
	const media = probed.value;
	const chosen = chooseSound(media, isSoundAlone ? 0 : options.track, maxDurationSeconds);
	if (!chosen.ok) return chosen;
	const toolbox = limitedTo(taskLimits(workload(media, source.sizeBytes)), anyToolbox);
	const input = { input: SOURCE, soundIndex: chosen.value.index };
	const bitrate = await bitrateKbpsOf(chosen.value, SOURCE, directory, toolbox, signal);
	if (!bitrate.ok) return bitrate;
	const sound = { ...chosen.value, bitrateKbps: bitrate.value };

	const placed = { media, sound, isSoundAlone };
	const cover = await findCover(media, options, directory, toolbox, signal);
	const tagOf = (durationSeconds: number) => {
		const beginsSeconds = timelineBeginsSeconds(placed) + (options.startSeconds ?? 0);
		const times = { beginsSeconds, durationSeconds };
		const source = { words: media.words, soundIndex: sound.index };
		return writeId3Tag(composeTag(source, options, times, cover));
	};

	progress.advance("encoding", 0);
	const made = await makeMp3(
		{
			placed,
			options,
			input,
			...place,
			cores: cores.share(),
			early,
			// However long it turns out to be, its tag is no longer than that of the longest.
			tagBytes: tagOf(MAX_DURATION_SECONDS).length,
			onProgress: progress.encode,
		},
		toolbox,
		signal,
	);
	if (!made.ok) return made;
	const { header, ...facts } = made.value;
	if (header.durationSeconds > maxDurationSeconds) {
		return failed("too_long", "longer than its user's limit, which it did not say");
	}

	progress.advance("storing", 0);
	const tag = tagOf(header.durationSeconds);
	const mp3 = await taggedFile(tag, join(directory, OUTPUT));
	const sha256 = await sha256Of(mp3, signal);
	const stored = await uploadTarget(target, mp3, pacing, signal);
	if (!stored.ok) return stored;

	return succeeded({
		type: "converted",
		source: sourceFacts(media, sound, header),
		output: { ...outputFacts(header, mp3.size), ...facts, sha256 },
	});
}

/** Verifying reads picture and sound to the end, so the longest of all counts. */
function workload({ durationSeconds, sounds }: MediaFile, sizeBytes: number): Workload {
	const lengths = [durationSeconds, ...sounds.map((sound) => sound.durationSeconds)];
	const known = lengths.filter((each) => each !== undefined);
	return { durationSeconds: known.length > 0 ? Math.max(...known) : undefined, sizeBytes };
}

/** A picture may take up this much of a file that has to stay small. */
const COVER_SHARE = 0.1;

/** The picture that was asked for, or the file's own. */
async function findCover(
	{ filmIndex, coverIndex }: MediaFile,
	{ coverAtSeconds, fitBytes = Number.POSITIVE_INFINITY }: ConversionOptions,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Buffer | undefined> {
	const pictureIndex = coverAtSeconds === undefined ? coverIndex : filmIndex;
	if (pictureIndex === undefined) return undefined;
	const source = { input: SOURCE, pictureIndex, atSeconds: coverAtSeconds };
	const cover = await extractCover(source, directory, toolbox, signal);
	return cover && cover.length <= fitBytes * COVER_SHARE ? cover : undefined;
}
