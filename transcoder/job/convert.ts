import { join } from "node:path";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import type { VideoMessage } from "#contracts/video-message.ts";
import type { Cores } from "../cores.ts";
import { encode } from "../ffmpeg/encode.ts";
import { AUDIO_CODECS } from "../ffmpeg/formats.ts";
import { type AudioStream, type MediaFile, probe } from "../ffmpeg/probe.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import type { Log } from "../log.ts";
import type { Pacing } from "../pacing.ts";
import { fetchSource } from "../storage/fetch-source.ts";
import { uploadTarget } from "../storage/upload.ts";
import type { Progress } from "./progress.ts";
import { failed, type Result, succeeded } from "./result.ts";
import { verifyOutput } from "./verify.ts";

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
	{ source, target, options }: VideoMessage,
	directory: string,
	{ toolbox, cores, progress, pacing, log }: ConvertTools,
	signal: AbortSignal,
): Promise<Result<ConversionOutcome>> {
	const onFetch = (fraction: number) => progress.advance("probing", fraction);
	const fetched = await fetchSource(
		source,
		join(directory, SOURCE),
		{ onProgress: onFetch, pacing, log },
		signal,
	);
	if (!fetched.ok) return fetched;

	const probed = await probe(SOURCE, directory, toolbox, signal);
	if (!probed.ok) return probed;
	const media = probed.value;
	const chosen = chooseAudio(media);
	if (!chosen.ok) return chosen;
	const audio = chosen.value;

	progress.advance("encoding", 0);
	const expectedSeconds = audio.durationSeconds ?? media.durationSeconds;
	const onProgress = (seconds: number) =>
		progress.advance("encoding", expectedSeconds ? seconds / expectedSeconds : 0);
	const encoding = {
		input: SOURCE,
		output: OUTPUT,
		directory,
		container: media.container,
		audio: { ...audio, durationSeconds: expectedSeconds },
		options,
		cores: cores.share(),
		onProgress,
	};
	const encoded = await encode(encoding, toolbox, signal);
	if (!encoded.ok) return encoded;

	const verification = {
		directory,
		source: SOURCE,
		output: OUTPUT,
		media,
		audioIndex: audio.index,
	};
	const verified = await verifyOutput(verification, toolbox, signal);
	if (!verified.ok) return verified;
	const output = verified.value;

	progress.advance("storing", 0);
	const stored = await uploadTarget(target, join(directory, OUTPUT), pacing, signal);
	if (!stored.ok) return stored;

	// Hostile headers declare negative lengths too.
	const durationSeconds = Math.max(0, media.durationSeconds ?? output.durationSeconds);
	const facts = { container: media.container, audioCodec: audio.codec, durationSeconds };
	return succeeded({ type: "converted", source: facts, output });
}

function chooseAudio({ audio, durationSeconds = 0 }: MediaFile): Result<AudioStream> {
	if (!audio) return failed("no_audio_track", "ffprobe saw no audio stream");
	if (!Object.hasOwn(AUDIO_CODECS, audio.codec))
		return failed("unsupported_codec", `codec ${audio.codec}`);
	if ((audio.durationSeconds ?? durationSeconds) > MAX_DURATION_SECONDS) {
		return failed("too_long", "by its own account");
	}
	return succeeded(audio);
}
