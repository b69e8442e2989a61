import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { MAX_COVER_BYTES } from "../limits.ts";
import { coverCopyArguments, coverPictureArguments } from "./arguments.ts";
import { run } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

/** Ours, in the job's directory. */
const COVER = "cover.jpg";

/** `-q:v` of ffmpeg's JPEG encoder, from good to small. */
const JPEG_QUALITIES = [3, 8, 16, 31];

export type CoverSource = {
	input: string;
	/** Of the stream with the picture. */
	pictureIndex: number;
	/** Where in it; `undefined` for a still. */
	atSeconds: number | undefined;
};

/**
 * A JPEG of at most MAX_COVER_BYTES: the file's own, if it is one, else made from the picture.
 * A cover is never worth a failure: `undefined` if there is none to be had. Rejects when the
 * signal is aborted.
 */
export async function extractCover(
	source: CoverSource,
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Buffer | undefined> {
	const path = join(directory, COVER);
	const make = async (args: string[]): Promise<Buffer | undefined> => {
		await rm(path, { force: true });
		const task = { program: "ffmpeg", args, directory } as const;
		const done = await run(task, toolbox, signal);
		if (!done.ok || done.value.exitCode !== 0) return undefined;
		const bytes = await readFile(path).catch(() => undefined);
		return bytes && isJpeg(bytes) && bytes.length <= MAX_COVER_BYTES ? bytes : undefined;
	};
	try {
		if (source.atSeconds === undefined) {
			const own = await make(coverCopyArguments(source, COVER));
			if (own) return own;
		}
		for (const quality of JPEG_QUALITIES) {
			const made = await make(coverPictureArguments(source, COVER, quality));
			if (made) return made;
		}
		return undefined;
	} finally {
		await rm(path, { force: true });
	}
}

/** Start of image and the marker after it. ITU-T T.81 §B.1 */
function isJpeg(bytes: Buffer): boolean {
	return bytes.length > 4 && bytes.readUIntBE(0, 3) === 0xffd8ff;
}
