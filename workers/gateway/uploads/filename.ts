import { MAX_FILENAME_CHARACTERS } from "../limits.ts";

/** Control characters, and the marks that reorder text (U+202A…, U+2066…) to disguise endings. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/**
 * Makes a client's file name fit for people to read: the last path segment, in NFC, on one line,
 * without invisible characters, not too long. It is shown and suggested, never used as a path.
 */
export function cleanFilename(name: string | undefined): string {
	const lastSegment = (name ?? "").split(/[/\\]/).at(-1) ?? "";
	const printable = lastSegment.toWellFormed().normalize("NFC").replace(UNPRINTABLE, " ");
	const characters = [...printable.replace(/\s+/g, " ").trim().replace(/^\.+/, "").trim()];
	if (characters.length === 0) return "video";
	if (characters.length <= MAX_FILENAME_CHARACTERS) return characters.join("");
	const ending = /\.[\p{L}\p{N}]{1,8}$/u.exec(printable)?.[0] ?? "";
	return characters.slice(0, MAX_FILENAME_CHARACTERS - ending.length).join("") + ending;
}

/** The name under which a video's sound is handed out: `holiday.mp4` becomes `holiday.mp3`. */
export function mp3Filename(videoFilename: string): string {
	return `${videoFilename.replace(/\.[\p{L}\p{N}]{1,8}$/u, "")}.mp3`;
}
