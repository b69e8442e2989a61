import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testedToolbox } from "./media-programs.ts";
import { test as base } from "./peers-test.ts";

/** A test with the machine's real ffmpeg and a directory for it to work in. */
export const test = base
	.extend("directory", async ({ task: _ }, { onCleanup }) => {
		const directory = await mkdtemp(join(tmpdir(), "earshot-media-process-"));
		onCleanup(() => rm(directory, { recursive: true }));
		return directory;
	})
	.extend("toolbox", { scope: "file" }, testedToolbox)
	/** Both, as those take them that make an MP3. */
	.extend("workshop", async ({ directory, toolbox }) => ({ directory, toolbox }));
