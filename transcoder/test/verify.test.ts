import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { encode } from "../ffmpeg/encode.ts";
import { probe } from "../ffmpeg/probe.ts";
import { verifyOutput } from "../job/verify.ts";
import { encodingOf } from "./encoding.ts";
import { MEDIA_SECONDS, mp4 } from "./media.ts";
import { test as base } from "./toolbox-test.ts";

/** A good MP3, spoilt, and what is made of it: ffmpeg itself said that all was well. */
const test = base.extend("verify", async ({ directory, toolbox }) => {
	const signal = new AbortController().signal;
	const source = await mp4();
	const encoding = encodingOf(source, directory, { sound: { input: source, soundIndex: 1 } });
	const { output } = encoding;
	await encode(encoding, toolbox, signal);
	const probed = await probe(source, directory, toolbox, signal);
	const media = probed.ok ? probed.value : expect.fail(probed.detail);
	const sound = media.sounds[0] ?? expect.fail("no sound");

	return async (spoil: (path: string) => Promise<void>) => {
		await spoil(join(directory, output));
		const whole = { cut: { startSeconds: 0, endSeconds: undefined }, timelineBeginsSeconds: 0 };
		const verification = { directory, source, output, media, sound, ...whole };
		return verifyOutput(verification, toolbox, signal);
	};
});

describe.concurrent("an output", () => {
	test("as ffmpeg wrote it passes", async ({ verify }) => {
		const result = await verify(async () => {});
		expect(result).toMatchObject({ ok: true, value: { channels: 2, sampleRateHz: 44_100 } });
		const seconds = result.ok ? result.value.durationSeconds : 0;
		expect(Math.abs(seconds - MEDIA_SECONDS)).toBeLessThan(0.05);
	});

	test("without a byte does not pass", async ({ verify }) => {
		expect(await verify((path) => truncate(path))).toMatchObject({
			ok: false,
			code: "corrupt_input",
		});
	});

	test("that is no MP3 does not pass", async ({ verify }) => {
		const result = await verify((path) => writeFile(path, "not an MP3"));
		expect(result).toMatchObject({ ok: false, code: "corrupt_input" });
	});

	test("with nothing but zeros after its header does not pass", async ({ verify }) => {
		const result = await verify(async (path) => {
			const mp3 = await readFile(path);
			await writeFile(path, mp3.fill(0, mp3.indexOf("Xing") + 600));
		});
		expect(result).toMatchObject({ ok: false, code: "corrupt_input" });
	});

	test("shorter than its own header says does not pass", async ({ verify }) => {
		const result = await verify(async (path) => truncate(path, (await readFile(path)).length - 1));
		expect(result).toMatchObject({ ok: false, code: "internal" });
	});

	test("that reached the longest duration does not pass", async ({ verify }) => {
		const result = await verify(async (path) => {
			const mp3 = await readFile(path);
			mp3.writeUInt32BE(2_000_000, mp3.indexOf("Xing") + 8);
			await writeFile(path, mp3);
		});
		expect(result).toMatchObject({ ok: false, code: "too_long" });
	});
});
