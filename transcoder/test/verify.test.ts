import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect } from "vitest";
import type { JobErrorCode } from "#contracts/job-error.ts";
import { encode } from "../ffmpeg/encode.ts";
import { probe } from "../ffmpeg/probe.ts";
import { type Verification, verifyOutput } from "../job/verify.ts";
import { readFrameHeader } from "../mp3/frame-header.ts";
import { INFO_FIELDS } from "../mp3/info-header.ts";
import { encodingOf, untreated } from "./encoding.ts";
import { MEDIA_SECONDS, mp4 } from "./media.ts";
import { bytesOf, video } from "./real-media.ts";
import { test as base } from "./toolbox-test.ts";

const never = new AbortController().signal;

/** A good MP3, spoilt, and what is made of it: ffmpeg itself said that all was well. */
const test = base
	.extend("good", { scope: "file" }, async ({ toolbox }, { onCleanup }) => {
		const directory = await mkdtemp(join(tmpdir(), "earshot-verify-"));
		onCleanup(() => rm(directory, { recursive: true }));
		const source = await mp4();
		const encoding = encodingOf(source, directory, { sound: { input: source, soundIndex: 1 } });
		await encode(encoding, toolbox, never);
		const probed = await probe(source, directory, toolbox, never);
		const media = probed.ok ? probed.value : expect.fail(probed.detail);
		const sound = media.sounds[0] ?? expect.fail("no sound");
		const mp3 = await readFile(join(directory, encoding.output));
		return { mp3, facts: { source, output: encoding.output, media, sound } };
	})
	.extend("verify", async ({ good, directory, toolbox }) => {
		return async (spoil: (mp3: Buffer) => Uint8Array, signal = never) => {
			const { output } = good.facts;
			await writeFile(join(directory, output), spoil(Buffer.from(good.mp3)));
			const whole = { cut: { startSeconds: 0, endSeconds: undefined }, timelineBeginsSeconds: 0 };
			const verification = { ...good.facts, directory, isCopy: false, ...whole };
			return verifyOutput(verification, toolbox, signal);
		};
	});

describe.concurrent("an output", () => {
	test("as ffmpeg wrote it passes", async ({ verify }) => {
		const result = await verify((mp3) => mp3);
		expect(result).toMatchObject({ ok: true, value: { channels: 2, sampleRateHz: 44_100 } });
		const seconds = result.ok ? result.value.durationSeconds : 0;
		expect(Math.abs(seconds - MEDIA_SECONDS)).toBeLessThan(0.05);
	});

	test.for<[string, JobErrorCode, (mp3: Buffer) => Uint8Array]>([
		["without a byte", "corrupt_input", () => Buffer.alloc(0)],
		["that is no MP3", "corrupt_input", () => Buffer.from("not an MP3")],
		["with no frame after its header's", "corrupt_input", (mp3) => header(mp3, { frames: 0 })],
		["with nothing but zeros after its start", "internal", (mp3) => mp3.fill(0, 2_000)],
		["shorter than its own header says", "internal", (mp3) => mp3.subarray(0, -1)],
		["longer than its own header says", "internal", (mp3) => behind(mp3, Buffer.alloc(1))],
		[
			"whose header has a byte too many",
			"internal",
			(mp3) => header(mp3, { bytes: mp3.length + 1 }),
		],
		["whose last frame is cut short", "internal", (mp3) => header(mp3.subarray(0, -1))],
		["whose header counts a frame too many", "internal", (mp3) => header(mp3, { more: 1 })],
		["whose header counts a frame too few", "internal", (mp3) => header(mp3, { more: -1 })],
		["that reached the longest duration", "too_long", (mp3) => header(mp3, { frames: 2_000_000 })],
	])("%s does not pass: %s", async ([, code, spoil], { verify }) => {
		expect(await verify(spoil)).toMatchObject({ ok: false, code });
	});

	test.for([1, 3, 4, 417, 2_000_000])(
		"with %i bytes behind it that are no frame does not pass",
		async (bytes, { verify }) => {
			const result = await verify((mp3) => header(behind(mp3, Buffer.alloc(bytes, "ID3"))));
			expect(result).toMatchObject({ ok: false, code: "internal" });
		},
	);

	test.for<[string, number, (byte: number) => number]>([
		["no sync", 1, (byte) => byte & 0x7f],
		["another layer", 1, (byte) => byte ^ 0b110],
		["another version of MPEG", 1, (byte) => byte ^ 0b1000],
		["another sample rate", 2, (byte) => byte ^ 0b100],
		["one channel", 3, (byte) => byte | 0b1100_0000],
		["no bitrate", 2, (byte) => byte & 0x0f],
		["a bitrate that there is not", 2, (byte) => byte | 0xf0],
		["a byte more", 2, (byte) => byte ^ 0b10],
	])(
		"with a frame in its middle whose header says %s does not pass",
		async ([, at, change], { verify }) => {
			const result = await verify((mp3) => {
				const frame = frames(mp3).find((start) => start > mp3.length / 2) ?? 0;
				mp3.writeUInt8(change(mp3.readUInt8(frame + at)), frame + at);
				return mp3;
			});
			expect(result).toMatchObject({ ok: false, code: "internal" });
		},
	);

	test("is not looked over any longer than it is wanted", async ({ verify }) => {
		await expect(verify((mp3) => mp3, AbortSignal.abort(new Error("enough")))).rejects.toThrow(
			"enough",
		);
	});
});

/** Two of three seconds of a sound, for a job that wanted all of it. */
const testShort = base.extend("shorten", async ({ directory, toolbox }) => {
	return async (source: string, about: Partial<Pick<Verification, "isCopy" | "cut">> = {}) => {
		const probed = await probe(source, directory, toolbox, never);
		const media = probed.ok ? probed.value : expect.fail(probed.detail);
		const sound = media.sounds[0] ?? expect.fail("no sound");
		const input = { input: source, soundIndex: sound.index };
		const treatment = { ...untreated, endSeconds: 2 };
		const encoding = encodingOf(source, directory, { sound: input, treatment });
		await encode(encoding, toolbox, never);
		const whole = { cut: { startSeconds: 0, endSeconds: undefined }, timelineBeginsSeconds: 0 };
		const { output } = encoding;
		const job = { directory, source, output, isCopy: false, media, sound, ...whole, ...about };
		return verifyOutput(job, toolbox, never);
	};
});

const AAC = ["-c:a", "aac"];
const SOUND_OF_TWO_SECONDS = [...AAC, "-af", "atrim=end=2"];

describe.concurrent("an output that ends before the sound in its source", () => {
	testShort.for([
		["MP4", "whole.mp4", AAC],
		[
			"a fragmented MP4",
			"whole-fragmented.mp4",
			[...AAC, "-movflags", "+frag_keyframe+empty_moov"],
		],
		["Matroska", "whole.mkv", AAC],
		["FLV", "whole.flv", [...AAC, "-ar", "44100"]],
	] as const)(
		"does not pass, and says how much is missing: %s",
		async ([, name, args], { shorten }) => {
			const result = await shorten(await video(name, args));
			expect(result).toMatchObject({ ok: false, code: "corrupt_input" });
			expect(result).toHaveProperty("detail", "the last 1.0 s of the sound cannot be decoded");
		},
	);

	testShort("does not pass where the job wanted a part of that", async ({ shorten }) => {
		const cut = { startSeconds: 0, endSeconds: 2.8 };
		const result = await shorten(await video("whole.mkv", AAC), { cut });
		expect(result).toHaveProperty("detail", "the last 0.8 s of the sound cannot be decoded");
	});

	testShort("passes as a copy: it is not for us to say what decodes", async ({ shorten }) => {
		const result = await shorten(await video("whole.mkv", AAC), { isCopy: true });
		expect(result).toMatchObject({ ok: true });
	});
});

describe.concurrent("an output that ends where the sound in its source does", () => {
	testShort.for([
		["MP4", "short.mp4"],
		["Matroska", "short.mkv"],
		["FLV", "short.flv"],
	] as const)("passes, though the picture goes on: %s", async ([, name], { shorten }) => {
		const args = [...SOUND_OF_TWO_SECONDS, "-ar", "44100"];
		expect(await shorten(await video(name, args))).toMatchObject({ ok: true });
	});

	testShort("passes, though an edit list leaves out what comes after it", async ({ shorten }) => {
		const input = await bytesOf("edited.mp4", video("whole.mp4", AAC), endsAfterSeconds(2));
		expect(await shorten(input)).toMatchObject({ ok: true });
	});
});

/** Writes into the edit list of an MP4's sound, the second one, until when it goes on. */
const endsAfterSeconds = (seconds: number) => (mp4: Buffer) => {
	const duration = mp4.lastIndexOf("elst") + 12;
	expect(mp4.readUInt32BE(duration)).toBe(3_000);
	mp4.writeUInt32BE(seconds * 1_000, duration);
	return mp4;
};

/** By its own account with so many frames, or so many more than there are, and as long as it is. */
function header(
	mp3: Buffer,
	{ frames, more = 0, bytes = mp3.length }: { frames?: number; more?: number; bytes?: number } = {},
) {
	const xing = mp3.indexOf("Xing");
	const count = xing + INFO_FIELDS.frames;
	mp3.writeUInt32BE(frames ?? mp3.readUInt32BE(count) + more, count);
	mp3.writeUInt32BE(bytes, xing + INFO_FIELDS.bytes);
	return mp3;
}

function behind(mp3: Buffer, more: Buffer): Buffer {
	return Buffer.concat([mp3, more]);
}

/** Where they begin. */
function frames(mp3: Buffer): number[] {
	const starts: number[] = [];
	for (let at = 0; at < mp3.length; ) {
		starts.push(at);
		at += readFrameHeader(mp3.readUInt32BE(at))?.sizeBytes ?? expect.fail("no frame");
	}
	return starts;
}
