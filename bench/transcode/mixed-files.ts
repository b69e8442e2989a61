import { join } from "node:path";
import { type Bases, repeatedPicture, repeatedSound } from "./bases.ts";
import { makeMedia } from "./make-media.ts";

/** What a queue may hold at some moment: files of many kinds and lengths. */

export const MIXED_FILES = 20;
const SHORTEST_SECONDS = 10;
const LONGEST_SECONDS = 300;

/** Of file number `index`. The steps are dealt out so that long and short ones, and kinds, mix. */
export function mixedSeconds(index: number): number {
	const step = (index * 7) % MIXED_FILES;
	const range = LONGEST_SECONDS - SHORTEST_SECONDS;
	return Math.round(SHORTEST_SECONDS + (step * range) / (MIXED_FILES - 1));
}

export async function makeMixedFiles(bases: Bases, directory: string): Promise<string[]> {
	const vp8 = await makeMedia(join(directory, "picture.webm"), [
		...["-i", bases.picture, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"],
	]);
	const opus = await makeMedia(join(directory, "music.opus"), ["-i", bases.wave]);
	const mp3 = await makeMedia(join(directory, "music.mp3"), ["-i", bases.wave, "-b:a", "192k"]);

	const repeated = (path: string) => ["-stream_loop", "-1", "-i", path];
	const kinds = [
		{ suffix: "mp4", picture: bases.picture, sound: undefined },
		{ suffix: "mkv", picture: bases.picture, sound: undefined },
		{ suffix: "webm", picture: vp8, sound: opus },
		{ suffix: "mov", picture: bases.picture, sound: bases.wave },
		{ suffix: "mp3", picture: undefined, sound: mp3 },
	];
	const files: string[] = [];
	for (let index = 0; index < MIXED_FILES; index++) {
		const kind = kinds[index % kinds.length];
		if (!kind) throw new Error("no kind of file");
		const seconds = mixedSeconds(index);
		const sound = kind.sound ? repeated(kind.sound) : repeatedSound(bases.aac, seconds);
		const inputs = [...sound, ...(kind.picture ? repeatedPicture(kind.picture) : [])];
		const maps = ["-map", "0:a", ...(kind.picture ? ["-map", "1:v"] : [])];
		const path = join(directory, `mixed-${index}.${kind.suffix}`);
		files.push(await makeMedia(path, [...inputs, ...maps, "-c", "copy", "-t", String(seconds)]));
	}
	return files;
}
