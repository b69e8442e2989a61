import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { SourceWords } from "../ffmpeg/source-words.ts";
import { type Chapter, type Id3Tag, MAX_CHAPTERS, type TextField } from "../mp3/id3-tag.ts";

/**
 * What the MP3 will say of itself: the owner's words over the source's. Of the source's, only
 * those on this list: phones write down where they were. Pure.
 */
const KEPT: Readonly<Record<TextField, readonly string[]>> = {
	title: ["title"],
	artist: ["artist"],
	album: ["album"],
	albumArtist: ["album_artist"],
	composer: ["composer"],
	genre: ["genre"],
	year: ["date", "year"],
	track: ["track"],
	disc: ["disc"],
	copyright: ["copyright"],
};

/** Longer ones are cut. */
const MAX_TEXT_LENGTH = 1_000;

export type TagSource = {
	words: SourceWords;
	/** The one whose words count beside the file's. */
	soundIndex: number;
};

export type TagTimes = {
	/** In the source's time: where the MP3 begins, and how long it is. */
	beginsSeconds: number;
	durationSeconds: number;
};

export function composeTag(
	{ words, soundIndex }: TagSource,
	options: ConversionOptions,
	times: TagTimes,
	cover: Buffer | undefined,
): Id3Tag {
	const ofSound = words.streams.get(soundIndex);
	const say = (names: readonly string[]) =>
		clean(names.map((name) => words.file.get(name) || ofSound?.get(name)).find(Boolean) ?? "");
	const kept = Object.entries(KEPT).map(([field, names]) => [field, say(names)]);
	const texts: Id3Tag["texts"] = Object.fromEntries(kept);
	if (texts.year) texts.year = /^\d{4}/.exec(texts.year)?.[0] ?? "";
	for (const field of ["title", "artist", "album"] as const) {
		texts[field] = options[field] ?? texts[field] ?? "";
	}
	return {
		texts,
		comment: options.comment ?? say(["comment", "description"]),
		chapters: chaptersWithin(words, times),
		cover,
	};
}

/** Those that have a part in the MP3, cut to it. */
function chaptersWithin(
	{ chapters }: SourceWords,
	{ beginsSeconds, durationSeconds }: TagTimes,
): Chapter[] {
	const place = (seconds: number) =>
		Math.round(Math.min(durationSeconds, Math.max(0, seconds - beginsSeconds)) * 1000);
	return chapters
		.map(({ startSeconds, endSeconds, title }) => ({
			startMs: place(startSeconds),
			endMs: place(endSeconds),
			title: clean(title),
		}))
		.filter(({ startMs, endMs }) => endMs > startMs)
		.slice(0, MAX_CHAPTERS);
}

/** One line of text, whatever the file has there. */
function clean(text: string): string {
	const printable = text
		.toWellFormed()
		.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
		.trim();
	return printable.length <= MAX_TEXT_LENGTH
		? printable
		: printable.slice(0, MAX_TEXT_LENGTH).toWellFormed();
}
