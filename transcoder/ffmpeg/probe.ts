import * as z from "zod";
import { failed, type Result, succeeded } from "../job/result.ts";
import { PROBE_REPORT_BYTES } from "../limits.ts";
import { parseJson } from "../parse-json.ts";
import { probeArguments } from "./arguments.ts";
import { type Run, run } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

const seconds = z.coerce.number();

/** ffprobe's JSON, as far as it is asked for; what it does not know, it leaves out. */
const report = z.object({
	format: z
		.object({
			format_name: z.string(),
			start_time: seconds.default(0),
			duration: seconds.optional(),
		})
		.optional(),
	streams: z
		.array(
			z.object({
				index: z.int(),
				codec_type: z.string().optional(),
				codec_name: z.string().optional(),
				start_time: seconds.default(0),
				duration: seconds.optional(),
				sample_rate: z.coerce.number().optional(),
				channels: z.int().optional(),
			}),
		)
		.default([]),
	error: z.object({ code: z.int(), string: z.string() }).optional(),
});

export type AudioStream = {
	index: number;
	/** ffmpeg's name, as in AUDIO_CODECS; `unknown` if it has none. */
	codec: string;
	startSeconds: number;
	durationSeconds: number | undefined;
	sampleRateHz: number | undefined;
	channels: number | undefined;
};

export type MediaFile = {
	/** ffmpeg's demuxer name, as in DEMUXERS. */
	container: string;
	startSeconds: number;
	durationSeconds: number | undefined;
	/** The first one, which is the one that is converted. */
	audio: AudioStream | undefined;
};

/** libav's code for "out of memory": here, more of it than one file may have. */
const ENOMEM = -12;

export async function probe(
	input: string,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<MediaFile>> {
	let output = "";
	const onOutput = (text: string) => {
		output = (output + text).slice(0, PROBE_REPORT_BYTES);
	};
	const args = probeArguments(input, toolbox.decoders);
	const done = await run({ program: "ffprobe", args, directory, onOutput }, toolbox, signal);
	return done.ok ? readReport(done.value, output) : done;
}

function readReport({ exitCode, stderr }: Run, output: string): Result<MediaFile> {
	const parsed = report.safeParse(parseJson(output));
	const error = parsed.data?.error;
	if (error?.code === ENOMEM) return failed("too_large", `ffprobe: ${error.string}: ${stderr}`);
	if (exitCode !== 0 || !parsed.data?.format) {
		return failed("corrupt_input", `ffprobe exited with ${exitCode}: ${stderr}`);
	}
	const { format, streams } = parsed.data;
	const audio = streams.find((stream) => stream.codec_type === "audio");
	return succeeded({
		container: format.format_name,
		startSeconds: format.start_time,
		durationSeconds: format.duration,
		audio: audio && {
			index: audio.index,
			codec: audio.codec_name ?? "unknown",
			startSeconds: audio.start_time,
			durationSeconds: audio.duration,
			sampleRateHz: audio.sample_rate,
			channels: audio.channels,
		},
	});
}
