import process from "node:process";
import { expect } from "vitest";
import { openToolbox, type Toolbox } from "../ffmpeg/toolbox.ts";

/**
 * The media programs that are tested: those of the machine, or others, such as the image's own, by
 * the settings that transcoders have too. What tests make their media with is always the machine's.
 */
export const mediaPrograms = {
	ffmpeg: process.env["FFMPEG_PATH"] ?? "ffmpeg",
	ffprobe: process.env["FFPROBE_PATH"],
};

let opened: Promise<Toolbox> | undefined;

export function testedToolbox(): Promise<Toolbox> {
	opened ??= openToolbox(mediaPrograms, process.env["PATH"]).then((result) =>
		result.ok ? result.toolbox : expect.fail(result.problem),
	);
	return opened;
}
