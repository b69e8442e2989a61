import * as z from "zod";

/** What a file says of itself in words. */
export type SourceWords = {
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

const NONE: SourceWords = { file: new Map(), streams: new Map(), chapters: [] };

/** From ffprobe's report. Words are never worth a failure: those that cannot be read are not there. */
export function sourceWords(json: unknown): SourceWords {
	const parsed = report.safeParse(json);
	if (!parsed.success) return NONE;
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
