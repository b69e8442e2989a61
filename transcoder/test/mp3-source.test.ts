import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { encode } from "../ffmpeg/encode.ts";
import { probe } from "../ffmpeg/probe.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { verifyOutput } from "../job/verify.ts";
import { encodingOf } from "./encoding.ts";
import { mkvWithMp3, mp3, mp4WithMp3 } from "./media.ts";
import { samplesOf } from "./samples.ts";
import { test } from "./toolbox-test.ts";

/*
 * Sound that is MP3 already is never made worse.
 */

const never = new AbortController().signal;

async function convert(input: string, directory: string, toolbox: Toolbox) {
	const probed = await probe(input, directory, toolbox, never);
	if (!probed.ok || !probed.value.audio) throw new Error("no sound");
	const { container, audio } = probed.value;
	const encoding = encodingOf(input, directory, { container, audio });
	expect(await encode(encoding, toolbox, never)).toMatchObject({ ok: true });
	const { output } = encoding;
	const verification = {
		directory,
		source: input,
		output,
		media: probed.value,
		audioIndex: audio.index,
	};
	const verified = await verifyOutput(verification, toolbox, never);
	expect(verified).toMatchObject({ ok: true });
	return { path: join(directory, output), facts: verified.ok ? verified.value : undefined };
}

describe.concurrent("sound that is MP3 already", () => {
	test.for([
		["an MP3", mp3],
		["an MP4", mp4WithMp3],
	] as const)(
		"comes out of %s sample by sample as it went in",
		async ([, make], { directory, toolbox }) => {
			const input = await make();
			const { path, facts } = await convert(input, directory, toolbox);
			expect(await samplesOf(path)).toBe(await samplesOf(input));
			expect(facts?.bitrateKbps).toBeGreaterThan(300);
		},
	);

	test("keeps its frames byte by byte", async ({ directory, toolbox }) => {
		const input = await mp3();
		const { path } = await convert(input, directory, toolbox);
		const [before, after] = [await readFile(input), await readFile(path)];
		const music = before.subarray(-50_000);
		expect(after.includes(music)).toBe(true);
	});

	test("is encoded anew out of a container that has its delay wrong", async ({
		directory,
		toolbox,
	}) => {
		const { facts } = await convert(await mkvWithMp3(), directory, toolbox);
		expect(facts?.bitrateKbps).toBeLessThan(300);
	});
});
