import { readFile } from "node:fs/promises";
import { describe, expect } from "vitest";
import { mp3Of } from "./make-mp3-of.ts";
import { mkvWithMp3, mp3, mp4WithMp3 } from "./media.ts";
import { samplesOf } from "./samples.ts";
import { test } from "./toolbox-test.ts";

/*
 * Sound that is MP3 already is never made worse.
 */

describe.concurrent("sound that is MP3 already", () => {
	test.for([
		["an MP3", mp3],
		["an MP4", mp4WithMp3],
	] as const)(
		"comes out of %s sample by sample as it went in",
		async ([, make], { directory, toolbox }) => {
			const input = await make();
			const { path, encoding } = await mp3Of(input, { directory, toolbox });
			expect(await samplesOf(path)).toBe(await samplesOf(input));
			expect(encoding).toBe("copy");
		},
	);

	test("keeps its frames byte by byte", async ({ directory, toolbox }) => {
		const input = await mp3();
		const { path } = await mp3Of(input, { directory, toolbox });
		const [before, after] = [await readFile(input), await readFile(path)];
		const music = before.subarray(-50_000);
		expect(after.includes(music)).toBe(true);
	});

	test("is encoded anew out of a container that has its delay wrong", async ({
		directory,
		toolbox,
	}) => {
		const { encoding } = await mp3Of(await mkvWithMp3(), { directory, toolbox });
		expect(encoding).toBe("vbr");
	});
});
