import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Bases, repeatedPicture, repeatedSound } from "./bases.ts";
import { indexBytes } from "./index-bytes.ts";
import { makeMedia } from "./make-media.ts";
import { soundBytes } from "./sound-bytes.ts";

/** Long videos to measure with: H.264 and AAC at 160 kbit/s, in several containers. */
export type Container = {
	name: string;
	suffix: string;
	args: string[];
	/** Its sound can be fetched without its picture. */
	isSoundApart: boolean;
	/** It is fetched as a whole, and kept on disk until its MP3 is stored. */
	isCopied: boolean;
};

/** As cameras and editors write them. */
const BY_THE_SECOND = ["-chunk_duration", "1000000"];

export const MP4_INDEX_LAST: Container = {
	name: "MP4, 1 s interleave, index last",
	suffix: "mp4",
	args: BY_THE_SECOND,
	isSoundApart: true,
	isCopied: false,
};
const MP4_INDEX_FIRST: Container = {
	name: "MP4, 1 s interleave, index first",
	suffix: "mp4",
	args: [...BY_THE_SECOND, "-movflags", "+faststart"],
	isSoundApart: true,
	isCopied: false,
};
const MP4_BY_THE_FRAME: Container = {
	name: "MP4 as ffmpeg writes it (frame by frame, index last)",
	suffix: "mp4",
	args: [],
	isSoundApart: false,
	isCopied: false,
};
export const MKV: Container = {
	name: "MKV",
	suffix: "mkv",
	args: [],
	isSoundApart: false,
	isCopied: true,
};

export const ALL_CONTAINERS = [MP4_INDEX_LAST, MP4_INDEX_FIRST, MP4_BY_THE_FRAME, MKV];

/** Disposing of it deletes it: hours of video are gigabytes. */
export type Sample = AsyncDisposable & {
	path: string;
	sizeBytes: number;
	/** Of the sound's packets alone. */
	soundBytes: number;
	/** Of the `moov`; 0 where there is none. */
	indexBytes: number;
};

export async function makeSample(
	bases: Bases,
	{ suffix, args }: Container,
	seconds: number,
	directory: string,
): Promise<Sample> {
	const path = await makeMedia(join(directory, `sample.${suffix}`), [
		...repeatedPicture(bases.picture),
		...repeatedSound(bases.aac, seconds),
		...["-map", "0:v", "-map", "1:a", "-c", "copy", "-t", String(seconds), ...args],
	]);
	return {
		path,
		sizeBytes: (await stat(path)).size,
		soundBytes: await soundBytes(path),
		indexBytes: suffix === "mp4" ? await indexBytes(path) : 0,
		[Symbol.asyncDispose]: () => rm(path, { force: true }),
	};
}
