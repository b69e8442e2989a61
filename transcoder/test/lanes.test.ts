import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { createCores } from "../cores.ts";
import { type Encoding, encode } from "../ffmpeg/encode.ts";
import { planLanes } from "../ffmpeg/lanes.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { crc16 } from "../mp3/crc-16.ts";
import { INFO_FIELDS, infoOffset, readInfoHeader } from "../mp3/info-header.ts";
import { readFrames } from "../mp3/read-frames.ts";
import { mainDataBegin } from "../mp3/side-information.ts";
import { encodingOf, highPlan, untreated } from "./encoding.ts";
import { LONG_SOUND_SECONDS, longSound, mp4Long } from "./media.ts";
import { samplesOf } from "./samples.ts";
import { test } from "./toolbox-test.ts";

/*
 * One recording, several encoders: the result cannot be told from a single encode.
 */

const never = new AbortController().signal;

const stereo = () => longSound("stereo.m4a", ["-c:a", "aac", "-ar", "44100"]);
const stereoSound = { plan: highPlan, expectedSeconds: LONG_SOUND_SECONDS };

/** What plain ffmpeg makes of the sound. */
async function encodeSerially(input: string, path: string, ...args: string[]): Promise<string> {
	const encoder = ["-vn", "-map_metadata", "-1", "-q:a", "2", ...args];
	await promisify(execFile)("ffmpeg", ["-v", "error", "-y", "-i", input, ...encoder, path]);
	return path;
}

async function encodeShared(
	input: string,
	sound: Partial<Encoding>,
	{ directory, toolbox, cores }: { directory: string; toolbox: Toolbox; cores: number },
): Promise<string> {
	const result = await encode(encodingOf(input, directory, { ...sound, cores }), toolbox, never);
	expect(result).toMatchObject({ ok: true });
	return join(directory, "output.mp3");
}

describe("sound shared out among encoders", () => {
	test.for([
		["44.1 kHz stereo AAC", 2, ["-c:a", "aac", "-ar", "44100"], 44_100, 2],
		["44.1 kHz stereo AAC", 3, ["-c:a", "aac", "-ar", "44100"], 44_100, 2],
		["48 kHz stereo Opus", 2, ["-c:a", "libopus"], 48_000, 2, -0.007],
		["32 kHz mono AAC", 4, ["-c:a", "aac", "-ar", "32000", "-ac", "1"], 32_000, 1],
		["22.05 kHz stereo AAC", 2, ["-c:a", "aac", "-ar", "22050"], 22_050, 2],
		["16 kHz mono PCM", 3, ["-c:a", "pcm_s16le", "-ar", "16000", "-ac", "1"], 16_000, 1],
		["48 kHz 5.1 AC-3", 2, ["-c:a", "ac3", "-ac", "6"], 48_000, 2],
		["96 kHz stereo PCM", 2, ["-c:a", "pcm_s24le", "-ar", "96000"], 48_000, 2],
	] as const)(
		"decodes to the same samples as a single encode: %s, %i lanes",
		async ([name, cores, args, sampleRateHz, channels, delay = 0], { directory, toolbox }) => {
			const input = await longSound(`${name.replace(/\W+/g, "-")}.mka`, args);
			const plan = { ...highPlan, sampleRateHz, channels };
			const treatment = { ...untreated, silenceBeforeSeconds: delay };
			const sound = { ...stereoSound, plan, treatment };
			const shared = await encodeShared(input, sound, { directory, toolbox, cores });
			const mix = `aresample=${sampleRateHz}:rematrix_maxval=1,aformat=sample_fmts=fltp:channel_layouts=${channels === 1 ? "mono" : "stereo"}`;
			const alike = ["-af", mix, "-reservoir", "0"];
			const alone = await encodeSerially(input, join(directory, "alone.mp3"), ...alike);
			expect(await samplesOf(shared)).toBe(await samplesOf(alone));
		},
	);

	test("takes no more space than a single encode with a bit reservoir, and plays as long", async ({
		directory,
		toolbox,
	}) => {
		const input = await stereo();
		const shared = await encodeShared(input, stereoSound, { directory, toolbox, cores: 2 });
		const plain = await encodeSerially(input, join(directory, "plain.mp3"));
		const [ours, theirs] = [await readFile(shared), await readFile(plain)];
		expect(ours.length).toBeLessThanOrEqual(theirs.length);
		const facts = (bytes: Buffer) => {
			const header = readInfoHeader(bytes);
			if (!header) throw new Error("no Xing header");
			const { frames, delaySamples, paddingSamples, durationSeconds } = header;
			return { frames, delaySamples, paddingSamples, durationSeconds };
		};
		expect(facts(ours)).toEqual(facts(theirs));
	});

	test("has a header whose sizes, checksums and seek table are right", async ({
		directory,
		toolbox,
	}) => {
		const path = await encodeShared(await stereo(), stereoSound, { directory, toolbox, cores: 2 });
		const bytes = await readFile(path);
		const header = readInfoHeader(bytes);
		if (!header) throw new Error("no Xing header");
		const music = bytes.subarray(header.frame.sizeBytes);
		const at = (field: keyof typeof INFO_FIELDS) => infoOffset(header.frame) + INFO_FIELDS[field];
		expect(header.sizeBytes).toBe(bytes.length);
		expect(bytes.readUInt32BE(at("musicLength"))).toBe(bytes.length);
		expect(bytes.readUInt16BE(at("musicCrc"))).toBe(crc16(music));
		expect(bytes.readUInt16BE(at("tagCrc"))).toBe(crc16(bytes.subarray(0, at("tagCrc"))));

		const positions: number[] = [];
		let position = header.frame.sizeBytes;
		for await (const { sizeBytes } of readFrames(path, position)) {
			positions.push(position);
			position += sizeBytes;
		}
		expect(positions).toHaveLength(header.frames);
		for (let percent = 0; percent < 100; percent++) {
			const frame = Math.ceil((percent * header.frames) / 100);
			const expected = Math.floor(((positions[frame] ?? 0) * 256) / bytes.length);
			expect(bytes[at("seekTable") + percent]).toBe(expected);
		}
	});

	test("reaches back for its bits, but never before its start", async ({ directory, toolbox }) => {
		const path = await encodeShared(await stereo(), stereoSound, { directory, toolbox, cores: 2 });
		const header = readInfoHeader(await readFile(path));
		let furthest = 0;
		let reservoirBytes = 0;
		for await (const { bytes, format, sizeBytes } of readFrames(path, header?.frame.sizeBytes)) {
			const begin = mainDataBegin(bytes.subarray(4), format);
			expect(begin).toBeLessThanOrEqual(reservoirBytes);
			furthest = Math.max(furthest, begin);
			reservoirBytes += sizeBytes - 4 - format.sideInformationBytes;
		}
		expect(furthest).toBeGreaterThan(100);
	});

	test("loses nothing when the recording is longer than it says", async ({
		directory,
		toolbox,
	}) => {
		const input = await stereo();
		const understated = { ...stereoSound, expectedSeconds: LONG_SOUND_SECONDS - 10 };
		const shared = await encodeShared(input, understated, { directory, toolbox, cores: 2 });
		const alone = await encodeSerially(input, join(directory, "alone.mp3"), "-reservoir", "0");
		expect(await samplesOf(shared)).toBe(await samplesOf(alone));
	});

	test("is encoded in one piece when the recording is much shorter than it says", async ({
		directory,
		toolbox,
	}) => {
		const input = await stereo();
		const overstated = { ...stereoSound, expectedSeconds: 3 * LONG_SOUND_SECONDS };
		const shared = await encodeShared(input, overstated, { directory, toolbox, cores: 2 });
		const plain = await encodeSerially(input, join(directory, "plain.mp3"));
		expect(await samplesOf(shared)).toBe(await samplesOf(plain));
	});

	test("fails as soon as one encoder fails, and stops the others", async ({
		directory,
		toolbox,
	}) => {
		const ffmpeg = join(directory, "ffmpeg");
		const script = `#!/bin/sh\ncase "$*" in *lane-0*) exit 1 ;; *) exec /bin/sleep 1000 ;; esac\n`;
		await writeFile(ffmpeg, script, { mode: 0o700 });
		const encoding = encodingOf("input", directory, { ...stereoSound, cores: 2 });
		expect(await encode(encoding, { ...toolbox, ffmpeg }, never)).toMatchObject({
			ok: false,
			code: "corrupt_input",
		});
	});

	test("stops all encoders when it is told to", async ({ directory, toolbox }) => {
		const stop = new AbortController();
		const sound = { input: await mp4Long(), soundIndex: 1 };
		const onProgress = () => stop.abort(new Error("enough"));
		const long = { ...stereoSound, expectedSeconds: 1800 };
		const encoding = encodingOf("", directory, { ...long, sound, cores: 2, onProgress });
		await expect(encode(encoding, toolbox, stop.signal)).rejects.toThrow("enough");
	});

	test("tells its progress as one, to its end", async ({ directory, toolbox }) => {
		const seen: number[] = [];
		const encoding = encodingOf(await stereo(), directory, {
			...stereoSound,
			cores: 2,
			onProgress: (seconds) => seen.push(seconds),
		});
		await encode(encoding, toolbox, never);
		expect(seen).toEqual(seen.toSorted((a, b) => a - b));
		// The lead-in and the look-ahead are encoded twice.
		expect(seen.at(-1)).toBeGreaterThan(LONG_SOUND_SECONDS);
		expect(seen.at(-1)).toBeLessThan(LONG_SOUND_SECONDS + 5);
	});
});

describe("the plan", () => {
	test("gives every frame to exactly one lane, each with its lead-in", () => {
		for (const lanes of [2, 3, 4, 8, 64]) {
			for (const [sampleRateHz, samplesPerFrame] of [
				[44_100, 1152],
				[22_050, 576],
			] as const) {
				const plan = planLanes({ durationSeconds: 3600, sampleRateHz }, lanes);
				expect(plan).toHaveLength(lanes);
				let nextFrame = 0;
				for (const [index, lane] of plan.entries()) {
					const firstFrame = lane.startSample / samplesPerFrame;
					expect(firstFrame + lane.leadInFrames).toBe(nextFrame);
					expect(lane.leadInFrames).toBe(index === 0 ? 0 : 64);
					expect(lane.frames === undefined).toBe(index === lanes - 1);
					nextFrame += lane.frames ?? 0;
					if (lane.endSample === undefined) continue;
					expect(lane.endSample).toBeGreaterThan(nextFrame * samplesPerFrame);
				}
			}
		}
	});

	test.for([
		["a short recording", { durationSeconds: 59, sampleRateHz: 44_100 }],
		["an unknown length", { durationSeconds: undefined, sampleRateHz: 44_100 }],
		["an unknown rate", { durationSeconds: 600, sampleRateHz: undefined }],
		["a rate that MP3 has not", { durationSeconds: 600, sampleRateHz: 96_000 }],
	] as const)("leaves %s in one piece", ([, recording]) => {
		expect(planLanes(recording, 8)).toEqual([]);
	});
});

describe("the cores", () => {
	test("are all for an attempt that is alone, and shared when it is not", () => {
		const cores = createCores(8);
		const first = cores.enter();
		expect(cores.share()).toBe(8);
		const second = cores.enter();
		expect(cores.share()).toBe(4);
		first[Symbol.dispose]();
		second[Symbol.dispose]();
		expect(cores.share()).toBe(8);
	});

	test("are never less than one", () => {
		const cores = createCores(2);
		for (let attempts = 0; attempts < 5; attempts++) cores.enter();
		expect(cores.share()).toBe(1);
	});
});
