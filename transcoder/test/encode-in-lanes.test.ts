import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, vi } from "vitest";
import { type Encoding, encode } from "../ffmpeg/encode.ts";
import { encodeInLanes } from "../ffmpeg/encode-in-lanes.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { crc16 } from "../mp3/crc-16.ts";
import { cutFrames, type Frame } from "../mp3/cut-frames.ts";
import { INFO_FIELDS, infoOffset, readInfoHeader } from "../mp3/info-header.ts";
import { mainDataBegin } from "../mp3/side-information.ts";
import { encodingOf, highPlan, untreated } from "./encoding.ts";
import { LONG_SOUND_SECONDS, longSound, mp4Long } from "./media.ts";
import { samplesOf } from "./samples.ts";
import { test } from "./toolbox-test.ts";
import { isAlive } from "./transcoder-process.ts";

/*
 * One recording, several encoders: the result cannot be told from a single encode.
 */

const never = new AbortController().signal;

const stereo = () => longSound("stereo.m4a", ["-c:a", "aac", "-ar", "44100"]);
const stereoSound = { plan: highPlan, expectedSeconds: LONG_SOUND_SECONDS };

/** What plain ffmpeg makes of the sound. */
async function encodeSerially(input: string, path: string, ...args: string[]): Promise<string> {
	const encoder = [
		"-vn",
		"-map_metadata",
		"-1",
		"-id3v2_version",
		"0",
		...(args.includes("-b:a") ? [] : ["-q:a", "2"]),
		...args,
	];
	await promisify(execFile)("ffmpeg", ["-v", "error", "-y", "-i", input, ...encoder, path]);
	return path;
}

/** As the transcoder resamples and mixes. */
function mixedTo(sampleRateHz: number, channels: number): string[] {
	const layout = channels === 1 ? "mono" : "stereo";
	const format = `aformat=sample_fmts=fltp:channel_layouts=${layout}`;
	return ["-af", `aresample=${sampleRateHz}:rematrix_maxval=1,${format}`];
}

async function framesOf(path: string, start = 0): Promise<Frame[]> {
	return (await Array.fromAsync(cutFrames(createReadStream(path, { start })))).flat();
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
			const sourceRateHz = name.startsWith("96") ? 96_000 : sampleRateHz;
			const treatment = { ...untreated, sourceRateHz, silenceBeforeSeconds: delay };
			const sound = { ...stereoSound, plan, treatment };
			const shared = await encodeShared(input, sound, { directory, toolbox, cores });
			const alike = [...mixedTo(sampleRateHz, channels), "-reservoir", "0"];
			const alone = await encodeSerially(input, join(directory, "alone.mp3"), ...alike);
			expect(await samplesOf(shared)).toBe(await samplesOf(alone));
		},
	);

	test.for([
		["the preset voice", 2, 64, 24_000, 1],
		["128 kbit/s", 2, 128, 44_100, 2],
		["128 kbit/s", 4, 128, 44_100, 2],
		["56 kbit/s", 3, 56, 44_100, 1],
		["320 kbit/s", 3, 320, 44_100, 2],
		["320 kbit/s at 32 kHz", 2, 320, 32_000, 2],
		["96 kbit/s at 48 kHz", 2, 96, 48_000, 2],
		["32 kbit/s at 22.05 kHz", 3, 32, 22_050, 1],
		["8 kbit/s at 11.025 kHz", 2, 8, 11_025, 1],
	] as const)(
		"is at a constant bitrate what a single encode is: %s, %i lanes",
		async ([_kind, cores, bitrateKbps, sampleRateHz, channels], { directory, toolbox }) => {
			const input = await longSound("whole.wav", ["-ar", "44100"]);
			const rate = { mode: "cbr", bitrateKbps } as const;
			const sound = { ...stereoSound, plan: { ...highPlan, sampleRateHz, channels, rate } };
			const shared = await encodeShared(input, sound, { directory, toolbox, cores });
			const alike = [...mixedTo(sampleRateHz, channels), "-b:a", `${bitrateKbps}k`];
			const alone = await encodeSerially(input, join(directory, "alone.mp3"), ...alike);
			expect(await samplesOf(shared)).toBe(await samplesOf(alone));
			expect(await headerLikeFfmpegs(shared)).toEqual(await headerLikeFfmpegs(alone));
			expect((await stat(shared)).size).toBe((await stat(alone)).size);
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
		const at = (field: keyof typeof INFO_FIELDS) =>
			infoOffset(header.frame.format) + INFO_FIELDS[field];
		expect(header.sizeBytes).toBe(bytes.length);
		expect(bytes.readUInt32BE(at("musicLength"))).toBe(bytes.length);
		expect(bytes.readUInt16BE(at("musicCrc"))).toBe(crc16(music));
		expect(bytes.readUInt16BE(at("tagCrc"))).toBe(crc16(bytes.subarray(0, at("tagCrc"))));

		const positions: number[] = [];
		let position = header.frame.sizeBytes;
		for (const { sizeBytes } of await framesOf(path, position)) {
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
		for (const { bytes, format, sizeBytes } of await framesOf(path, header?.frame.sizeBytes)) {
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

	test.for([
		["three times as long as it is", 3 * LONG_SOUND_SECONDS],
		["twelve hours long", 12 * 3600],
		["of unknown length", undefined],
	] as const)(
		"loses nothing when the recording is said to be %s",
		async ([_length, expectedSeconds], { directory, toolbox }) => {
			const input = await stereo();
			const overstated = { ...stereoSound, expectedSeconds };
			const shared = await encodeShared(input, overstated, { directory, toolbox, cores: 2 });
			const alone = await encodeSerially(input, join(directory, "alone.mp3"), "-reservoir", "0");
			expect(await samplesOf(shared)).toBe(await samplesOf(alone));
		},
	);

	const chunkFrames = 80;
	const FRAME = 1152;
	const shortChunks = (count: number) =>
		({ count, chunkFrames, leadInFrames: 64, lookAheadFrames: 2, samplesPerFrame: FRAME }) as const;
	test.for<[string, samples: number]>([
		["at the end of a chunk", 0],
		["one sample before the end of a chunk", -1],
		["one sample after the end of a chunk", 1],
		["one frame after the end of a chunk", FRAME],
		["one sample before the end of a chunk's look-ahead", 2 * FRAME - 1],
		["at the end of a chunk's look-ahead", 2 * FRAME],
		["one sample after a chunk's look-ahead", 2 * FRAME + 1],
		["in the first frame of the next lead-in", -64 * FRAME + 1],
		["where the next lead-in begins", -64 * FRAME],
		["in the middle of the next lead-in", -30 * FRAME - 500],
		["in the last frame but one of a chunk", -FRAME - 500],
	])("may end %s", async ([_where, samples], { directory, toolbox }) => {
		const input = await longSound("whole.wav", ["-ar", "44100"]);
		for (const [chunks, counts] of [
			[1, [2]],
			[4, [2, 3]],
			[5, [4]],
		] as const) {
			const end = chunks * chunkFrames * FRAME + samples;
			const alike = ["-af", `aformat=sample_fmts=fltp,atrim=end_sample=${end}`, "-reservoir", "0"];
			const theirs = await encodeSerially(input, join(directory, "alone.mp3"), ...alike);
			const theirSamples = await samplesOf(theirs, 0, end);
			const theirFrames = readInfoHeader(await readFile(theirs))?.frames;
			const treatment = { ...untreated, endSeconds: end / 44_100 };
			const encoding = encodingOf(input, directory, { treatment });
			for (const count of counts) {
				const lanes = shortChunks(count);
				const encoded = await encodeInLanes(lanes, encoding, toolbox, never);
				expect(encoded).toMatchObject({ ok: true });
				const ours = join(directory, "output.mp3");
				expect(await samplesOf(ours, 0, end)).toBe(theirSamples);
				const header = readInfoHeader(await readFile(ours)) ?? expect.fail("no Xing header");
				// ffmpeg's own count is up to 46 samples too high when few are left for the last frame.
				expect(header.durationSeconds).toBeCloseTo(end / 44_100, 9);
				expect(header.frames).toBe(theirFrames);
			}
		}
	});

	test.for([
		["no frame at all", 0],
		["one sample", 1],
		["less than a frame", 700],
	] as const)("may be a recording of %s", async ([_length, end], { directory, toolbox }) => {
		const input = await stereo();
		const treatment = { ...untreated, endSeconds: end / 44_100 };
		const path = await encodeShared(
			input,
			{ treatment, expectedSeconds: undefined },
			{ directory, toolbox, cores: 3 },
		);
		if (end === 0) return expect(await readFile(path)).toHaveLength(0);
		const trim = ["-af", `aformat=sample_fmts=fltp,atrim=end_sample=${end}`, "-reservoir", "0"];
		const alone = await encodeSerially(input, join(directory, "alone.mp3"), ...trim);
		expect(await samplesOf(path, 0, end)).toBe(await samplesOf(alone, 0, end));
		expect(readInfoHeader(await readFile(path))?.durationSeconds).toBeCloseTo(end / 44_100, 9);
	});

	test.for([
		["44.1 kHz stereo", 44_100, 2, 2],
		["48 kHz mono", 48_000, 1, 3],
		["22.05 kHz stereo", 22_050, 2, 4],
		["8 kHz mono", 8_000, 1, 9],
	] as const)(
		"has the header that ffmpeg writes, but for its sizes: %s",
		async ([_kind, sampleRateHz, channels, quality], { directory, toolbox }) => {
			const input = await longSound("whole.wav", ["-ar", "44100"]);
			const plan = { ...highPlan, sampleRateHz, channels, rate: { mode: "vbr", quality } } as const;
			const sound = { ...stereoSound, plan };
			const shared = await encodeShared(input, sound, { directory, toolbox, cores: 2 });
			const alike = ["-ar", `${sampleRateHz}`, "-ac", `${channels}`, "-q:a", `${quality}`];
			const alone = await encodeSerially(input, join(directory, "alone.mp3"), ...alike);
			expect(await headerLikeFfmpegs(shared)).toEqual(await headerLikeFfmpegs(alone));
		},
	);

	test("fails as soon as one encoder fails, and stops the others", async ({
		directory,
		toolbox,
	}) => {
		const ffmpeg = await encoderInstead(
			{ directory, toolbox },
			{
				first: "exit 1",
				others: "exec /bin/sleep 1000",
			},
		);
		const encoding = encodingOf("input", directory, { ...stereoSound, cores: 3 });
		expect(await encode(encoding, { ...toolbox, ffmpeg: ffmpeg.path }, never)).toMatchObject({
			ok: false,
			code: "corrupt_input",
		});
		expect((await ffmpeg.pids()).filter(isAlive)).toEqual([]);
	});

	test("fails when an encoder writes something else than MP3", async ({ directory, toolbox }) => {
		const ffmpeg = await encoderInstead(
			{ directory, toolbox },
			{
				first: "exec /bin/sleep 1000",
				others: "echo no MP3; exec /bin/sleep 1000",
			},
		);
		const encoding = encodingOf("input", directory, { ...stereoSound, cores: 2 });
		const encoded = encode(encoding, { ...toolbox, ffmpeg: ffmpeg.path }, never);
		await expect(encoded).rejects.toThrow("no frame at byte 0");
		expect((await ffmpeg.pids()).filter(isAlive)).toEqual([]);
	});

	test("fails when one encoder ends before the others do", async ({ directory, toolbox }) => {
		const ffmpeg = await encoderInstead({ directory, toolbox }, { others: "exit 0" });
		const encoding = encodingOf(await stereo(), directory, { ...stereoSound, cores: 2 });
		const lanes = shortChunks(2);
		const encoded = encodeInLanes(lanes, encoding, { ...toolbox, ffmpeg: ffmpeg.path }, never);
		await expect(encoded).rejects.toThrow("longer than the others'");
	});

	test("fails as too_large when the MP3 becomes so", async ({ directory, toolbox }) => {
		const tight = { ...toolbox, limits: { ...toolbox.limits, fileBytes: 300_000 } };
		const encoding = encodingOf(await stereo(), directory, { ...stereoSound, cores: 2 });
		const lanes = shortChunks(2);
		expect(await encodeInLanes(lanes, encoding, tight, never)).toMatchObject({
			ok: false,
			code: "too_large",
		});
	});

	test("stops all encoders when it is told to", async ({ directory, toolbox }) => {
		const stop = new AbortController();
		const sound = { input: await mp4Long(), soundIndex: 1 };
		const onProgress = () => stop.abort(new Error("enough"));
		const long = { ...stereoSound, expectedSeconds: 1800 };
		const ffmpeg = await encoderInstead({ directory, toolbox }, {});
		const tools = { ...toolbox, ffmpeg: ffmpeg.path };
		const encoding = encodingOf("", directory, { ...long, sound, cores: 3, onProgress });
		await expect(encode(encoding, tools, stop.signal)).rejects.toThrow("enough");
		const pids = await ffmpeg.pids();
		expect(pids).toHaveLength(3);
		expect(pids.filter(isAlive)).toEqual([]);
	});

	test.runIf(process.platform === "linux")(
		"lets an encoder wait that is far ahead of the others, in place of holding all it makes",
		async ({ directory, toolbox }) => {
			const ffmpeg = await encoderInstead(
				{ directory, toolbox },
				{ first: "exec /bin/sleep 1000" },
			);
			const tools = { ...toolbox, ffmpeg: ffmpeg.path };
			const stop = new AbortController();
			let seconds = 0;
			const encoding = encodingOf("", directory, {
				sound: { input: await mp4Long(), soundIndex: 1 },
				onProgress: (now) => {
					seconds = now;
				},
			});
			const lanes = shortChunks(2);
			const encoded = encodeInLanes(lanes, encoding, tools, stop.signal);
			await vi.waitFor(
				async () => {
					const calls = (await ffmpeg.pids()).map((pid) => readFile(`/proc/${pid}/wchan`, "utf8"));
					expect((await Promise.all(calls)).join()).toMatch(/pipe_write|sock_alloc_send/);
				},
				{ timeout: 30_000 },
			);
			stop.abort(new Error("seen"));
			await expect(encoded).rejects.toThrow("seen");
			// Two chunks, and what one read brings.
			const most = 2 * chunkFrames + 65_536 / 200;
			expect(seconds).toBeGreaterThan((chunkFrames * FRAME) / 44_100);
			expect(seconds).toBeLessThan((most * FRAME) / 44_100);
		},
	);

	test.for([10, 50])(
		"tells the peak of all of it, at %i s",
		async (loudAt, { directory, toolbox }) => {
			const input = join(directory, "peak.wav");
			const quiet = `0.1*sin(440*t)+0.4*between(t\\,${loudAt}\\,${loudAt + 1})*sin(440*t)`;
			const source = ["-f", "lavfi", "-i", `aevalsrc=${quiet}:s=44100:d=60`];
			await promisify(execFile)("ffmpeg", ["-v", "error", ...source, input]);
			const about = { plan: { ...highPlan, channels: 1 }, expectedSeconds: 60, cores: 2 } as const;
			const encoded = await encode(encodingOf(input, directory, about), toolbox, never);
			// Half of full scale.
			expect(encoded).toMatchObject({ ok: true, value: { peakDbfs: -6 } });
		},
	);

	test("tells its progress as one, to its end", async ({ directory, toolbox }) => {
		const seen: number[] = [];
		const encoding = encodingOf(await stereo(), directory, {
			...stereoSound,
			cores: 2,
			onProgress: (seconds) => seen.push(seconds),
		});
		await encode(encoding, toolbox, never);
		expect(seen).toEqual(seen.toSorted((a, b) => a - b));
		expect(seen.at(-1)).toBeCloseTo(LONG_SOUND_SECONDS, 0);
	});
});

/** What an MP3's header says, without what depends on the sizes of the frames. */
async function headerLikeFfmpegs(path: string) {
	const bytes = await readFile(path);
	const header = readInfoHeader(bytes) ?? expect.fail("no Xing header");
	const at = (field: keyof typeof INFO_FIELDS) =>
		infoOffset(header.frame.format) + INFO_FIELDS[field];
	const frame = bytes.subarray(0, header.frame.sizeBytes);
	for (const [from, to] of [
		[at("bytes"), at("seekTable") + 100],
		[at("musicLength"), at("end")],
	] as const) {
		frame.fill(0, from, to);
	}
	return { ...header, sizeBytes: 0, frameBytes: frame.toString("hex") };
}

/** A script in ffmpeg's place, that does something else for the first lane or for the others. */
async function encoderInstead(
	{ directory, toolbox: { ffmpeg } }: { directory: string; toolbox: Toolbox },
	{ first = "", others = "" }: { first?: string; others?: string },
) {
	const path = join(directory, "ffmpeg");
	const list = join(directory, "pids");
	const cases = `case "$*" in *'aselect=lt('*) :; ${first} ;; *) :; ${others} ;; esac`;
	const script = `#!/bin/sh\necho $$ >> '${list}'\n${cases}\nexec '${ffmpeg}' "$@"\n`;
	await writeFile(path, script, { mode: 0o700 });
	const pids = async () => (await readFile(list, "utf8")).split("\n").filter(Boolean).map(Number);
	return { path, pids };
}
