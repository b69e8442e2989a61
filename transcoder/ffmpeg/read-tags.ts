import * as z from "zod";
import { PROBE_REPORT_BYTES } from "../limits.ts";
import { parseJson } from "../parse-json.ts";
import { tagArguments } from "./arguments.ts";
import { run } from "./run.ts";
import { limitedTo, PROBE_LIMITS } from "./task-limits.ts";
import type { Toolbox } from "./toolbox.ts";

/** What a file says of itself in words. */
export type SourceTags = {
	/** By ffmpeg's generic names in lower case, such as `album_artist`. */
	file: Texts;
	/** Those of each stream, by its index: Ogg's are there. */
	streams: ReadonlyMap<number, Texts>;
	chapters: readonly SourceChapter[];
};

export type Texts = ReadonlyMap<string, string>;

/** In the file's own time. */
export type SourceChapter = { startSeconds: number; endSeconds: number; title: string };

const tags = z
	.record(z.string(), z.string())
	.default({})
	.transform((record): Texts => {
		return new Map(Object.entries(record).map(([name, text]) => [name.toLowerCase(), text]));
	});
const report = z.object({
	format: z.object({ tags }).optional(),
	streams: z.array(z.object({ index: z.int(), tags })).default([]),
	chapters: z
		.array(z.object({ start_time: z.coerce.number(), end_time: z.coerce.number(), tags }))
		.default([]),
});

const NONE: SourceTags = { file: new Map(), streams: new Map(), chapters: [] };

/**
 * Words are never worth a failure: of a file whose tags cannot be read, or are longer than any
 * real ones, there are none. Rejects when the signal is aborted.
 */
export async function readTags(
	input: string,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<SourceTags> {
	let output = "";
	const onOutput = (text: string) => {
		output = (output + text).slice(0, PROBE_REPORT_BYTES);
	};
	const args = tagArguments(input, toolbox.decoders);
	const task = { program: "ffprobe", args, directory, onOutput } as const;
	const done = await run(task, limitedTo(PROBE_LIMITS, toolbox), signal);
	const parsed = report.safeParse(parseJson(output));
	if (!done.ok || !parsed.success) return NONE;
	const { format, streams, chapters } = parsed.data;
	return {
		file: format?.tags ?? new Map(),
		streams: new Map(streams.map(({ index, tags }) => [index, tags])),
		chapters: chapters.map(({ start_time, end_time, tags }) => ({
			startSeconds: start_time,
			endSeconds: end_time,
			title: tags.get("title") ?? "",
		})),
	};
}
