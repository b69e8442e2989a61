import * as z from "zod";
import { failed, type Result, succeeded } from "../job/result.ts";
import { PROBE_REPORT_BYTES } from "../limits.ts";
import { parseJson } from "../parse-json.ts";
import { probeArguments } from "./arguments.ts";
import { firstPacketSeconds } from "./first-packet.ts";
import { type Run, run } from "./run.ts";
import { type SourceWords, sourceWords } from "./source-words.ts";
import { limitedTo, PROBE_LIMITS } from "./task-limits.ts";
import type { Toolbox } from "./toolbox.ts";

const seconds = z.coerce.number();

/** ffprobe's JSON, as far as it is asked for; what it does not know, it leaves out. */
const facts = z.object({
	format: z
		.object({
			format_name: z.string(),
			start_time: seconds.default(0),
			duration: seconds.optional(),
			bit_rate: z.coerce.number().optional(),
		})
		.optional(),
	streams: z
		.array(
			z.object({
				index: z.int(),
				codec_type: z.string().optional(),
				codec_name: z.string().optional(),
				profile: z.string().optional(),
				start_time: seconds.optional(),
				duration: seconds.optional(),
				sample_rate: z.coerce.number().optional(),
				channels: z.int().optional(),
				bit_rate: z.coerce.number().optional(),
				disposition: z.object({ attached_pic: z.int() }).optional(),
				tags: z.object({ language: z.string().optional() }).optional(),
			}),
		)
		.default([]),
	error: z.object({ code: z.int(), string: z.string() }).optional(),
});

export type AudioStream = {
	index: number;
	/** ffmpeg's name, as in AUDIO_CODECS; `unknown` if it has none. */
	codec: string;
	/** ffmpeg's name for the kind of the codec, such as `HE-AAC`. */
	profile: string | undefined;
	startSeconds: number | undefined;
	durationSeconds: number | undefined;
	sampleRateHz: number | undefined;
	channels: number | undefined;
	bitrateKbps: number | undefined;
	language: string | undefined;
};

export type MediaFile = {
	/** ffmpeg's demuxer name, as in DEMUXERS. */
	container: string;
	/** What ffmpeg takes for zero: where the first stream begins that it can tell of. */
	startSeconds: number;
	durationSeconds: number | undefined;
	sounds: AudioStream[];
	/** Index of the stream that is a film, if there is one. */
	filmIndex: number | undefined;
	/** Where that begins. */
	filmStartSeconds: number | undefined;
	/** Index of the stream that is a still picture: the cover. */
	coverIndex: number | undefined;
	words: SourceWords;
};

/**
 * Here packets tell when they are shown, not when they are decoded. While a film's decoder is shut,
 * libav needs both to tell where the film begins, and says that it begins where the sound does.
 */
const FILM_START_UNKNOWN = "matroska,webm";

/**
 * Of a fragmented MP4 libav says for how long a stream goes on when it means until when, and tells
 * a bitrate by that. It shows where a file begins far from zero, as a piece of a live stream does,
 * which may count from 1970. Of another MP4 whose sound begins so late, a little is taken off.
 */
const END_AS_LENGTH = "mov,mp4,m4a,3gp,3g2,mj2";
const FAR_SECONDS = 1;

/**
 * Where a container does not tell the bitrate of an MP3, libav tells that of its first frames, which
 * may be silence.
 */
const MP3_BITRATE_UNKNOWN: ReadonlySet<string> = new Set([
	"matroska,webm",
	"mpegts",
	"mpeg",
	"flv",
]);

type Times = { start_time?: number | undefined; duration?: number | undefined };

function lengthTo({ start_time = 0, duration = 0 }: Times): number {
	return duration - start_time;
}

/** libav's code for "out of memory": here, more of it than one file may have. */
const ENOMEM = -12;

/** What is in a file. Words that are longer than any real ones are as good as none. */
export async function probe(
	input: string,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<MediaFile>> {
	const ask = (withWords: boolean) => report(input, { withWords, directory }, toolbox, signal);
	const answer = await ask(true);
	const told = answer.ok && answer.value.isTooLong ? await ask(false) : answer;
	if (!told.ok) return told;
	const media = readReport(told.value);
	if (!media.ok) return media;
	const { filmIndex, container, startSeconds } = media.value;
	if (filmIndex === undefined || container !== FILM_START_UNKNOWN || startSeconds <= 0)
		return media;
	const found = await firstPacketSeconds({ input, stream: filmIndex }, directory, toolbox, signal);
	return found.ok ? succeeded({ ...media.value, filmStartSeconds: found.value }) : found;
}

type Report = Run & { json: unknown; isTooLong: boolean };

async function report(
	input: string,
	{ withWords, directory }: { withWords: boolean; directory: string },
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Report>> {
	let output = "";
	const onOutput = (text: string) => {
		output = (output + text).slice(0, PROBE_REPORT_BYTES);
	};
	const args = probeArguments(input, toolbox.decoders, { withWords });
	const task = { program: "ffprobe", args, directory, onOutput } as const;
	const done = await run(task, limitedTo(PROBE_LIMITS, toolbox), signal);
	if (!done.ok) return done;
	const isTooLong = output.length === PROBE_REPORT_BYTES;
	return succeeded({ ...done.value, json: parseJson(output), isTooLong });
}

function readReport({ exitCode, stderr, json }: Report): Result<MediaFile> {
	const parsed = facts.safeParse(json);
	const error = parsed.data?.error;
	if (error?.code === ENOMEM) return failed("too_large", `ffprobe: ${error.string}: ${stderr}`);
	if (exitCode !== 0 || !parsed.data?.format) {
		return failed("corrupt_input", `ffprobe exited with ${exitCode}: ${stderr}`);
	}
	const { format, streams } = parsed.data;
	const sounds = streams.filter((stream) => stream.codec_type === "audio");
	const pictures = streams.filter((stream) => stream.codec_type === "video");
	const isStill = ({ disposition }: (typeof pictures)[number]) => disposition?.attached_pic === 1;
	const film = pictures.find((picture) => !isStill(picture));
	const isEnd = ({ start_time = 0, duration = 0 }: Times) =>
		format.format_name === END_AS_LENGTH && start_time >= FAR_SECONDS && duration > start_time;
	const isOfFirstFrames = (codec: string | undefined) =>
		codec === "mp3" && MP3_BITRATE_UNKNOWN.has(format.format_name);
	// Of a stream that is alone in its file.
	const wholeBitrate = streams.length === 1 ? format.bit_rate : undefined;
	return succeeded({
		container: format.format_name,
		startSeconds: format.start_time,
		durationSeconds: isEnd(format) ? lengthTo(format) : format.duration,
		filmIndex: film?.index,
		filmStartSeconds: film?.start_time,
		coverIndex: pictures.find(isStill)?.index,
		words: sourceWords(json),
		sounds: sounds.map((sound) => ({
			index: sound.index,
			codec: sound.codec_name ?? "unknown",
			profile: sound.profile,
			startSeconds: sound.start_time,
			durationSeconds: isEnd(sound) ? lengthTo(sound) : sound.duration,
			sampleRateHz: sound.sample_rate,
			channels: sound.channels,
			bitrateKbps:
				isEnd(sound) || isOfFirstFrames(sound.codec_name)
					? undefined
					: toKbps(sound.bit_rate ?? wholeBitrate),
			language: sound.tags?.language,
		})),
	});
}

function toKbps(bitsPerSecond: number | undefined): number | undefined {
	return bitsPerSecond === undefined ? undefined : bitsPerSecond / 1000;
}
