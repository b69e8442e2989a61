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
	texts: ReadonlyMap<string, string>;
	chapters: readonly SourceChapter[];
};

/** In the file's own time. */
export type SourceChapter = { startSeconds: number; endSeconds: number; title: string };

const tags = z.record(z.string(), z.string()).default({});
const report = z.object({
	format: z.object({ tags }).optional(),
	streams: z.array(z.object({ tags })).default([]),
	chapters: z
		.array(z.object({ start_time: z.coerce.number(), end_time: z.coerce.number(), tags }))
		.default([]),
});

const NONE: SourceTags = { texts: new Map(), chapters: [] };

/**
 * Words are never worth a failure: of a file whose tags cannot be read, or are longer than any
 * real ones, there are none. Rejects when the signal is aborted.
 */
export async function readTags(
	sound: { input: string; soundIndex: number },
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<SourceTags> {
	let output = "";
	const onOutput = (text: string) => {
		output = (output + text).slice(0, PROBE_REPORT_BYTES);
	};
	const args = tagArguments(sound, toolbox.decoders);
	const task = { program: "ffprobe", args, directory, onOutput } as const;
	const done = await run(task, limitedTo(PROBE_LIMITS, toolbox), signal);
	const parsed = report.safeParse(parseJson(output));
	if (!done.ok || !parsed.success) return NONE;
	const { format, streams, chapters } = parsed.data;
	const texts = new Map<string, string>();
	// Ogg's tags are the stream's. Where both say something, the file speaks for the whole.
	for (const each of [...streams, ...(format ? [format] : [])]) {
		for (const [name, text] of Object.entries(each.tags)) texts.set(name.toLowerCase(), text);
	}
	return {
		texts,
		chapters: chapters.map(({ start_time, end_time, tags }) => ({
			startSeconds: start_time,
			endSeconds: end_time,
			title: tags["title"] ?? "",
		})),
	};
}
