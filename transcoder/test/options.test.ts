import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect } from "vitest";
import { crc16 } from "../mp3/crc-16.ts";
import { cutFrames } from "../mp3/cut-frames.ts";
import { INFO_FIELDS, infoOffset } from "../mp3/info-header.ts";
import { mp3Of, tryMp3Of } from "./make-mp3-of.ts";
import {
	CLICK_AT_SAMPLE,
	LATE_BY_SECONDS,
	LONG_SOUND_SECONDS,
	longSound,
	MEDIA_SECONDS,
	mkvShortSound,
	mkvTwoLanguages,
	mp3,
	mp3LowBitrate,
	mp3SilentAtFirst,
	mp4,
	mp4WithLateMp3,
	peakyMusic,
	quietMusic,
	wavWithClick,
	webmLowBitrate,
} from "./media.ts";
import { samplesOf } from "./samples.ts";
import { test } from "./toolbox-test.ts";

/** What the owner asked for is what comes out. */

const music = () => longSound("options.wav", ["-c:a", "pcm_s16le"]);

describe.concurrent("a bitrate", () => {
	test.for([
		[320, {}, 48_000, 2],
		[128, {}, 48_000, 2],
		[64, { channels: 1 }, 48_000, 1],
		[32, {}, 22_050, 1],
		[8, {}, 8_000, 1],
		[128, { sampleRateHz: 32_000 }, 32_000, 2],
	] as const)(
		"of %i kbit/s is each frame's, at a rate that suits it: %o",
		async ([bitrateKbps, shape, sampleRateHz, channels], { directory, toolbox }) => {
			const made = await mp3Of(await music(), { directory, toolbox }, { bitrateKbps, ...shape });
			expect(made).toMatchObject({ encoding: "cbr", cappedToSource: false });
			expect(made.header).toMatchObject({ sampleRateHz, channels });
			const bytes: number[] = [];
			const sound = createReadStream(made.path, { start: made.header.frame.sizeBytes });
			for await (const frames of cutFrames(sound)) {
				bytes.push(...frames.map(({ sizeBytes }) => sizeBytes));
			}
			const { samplesPerFrame } = made.header.frame.format;
			const exact = ((samplesPerFrame / 8) * bitrateKbps * 1000) / sampleRateHz;
			expect(Math.min(...bytes)).toBe(Math.floor(exact));
			expect(Math.max(...bytes)).toBe(Math.ceil(exact));
			expect(Math.abs(made.header.durationSeconds - LONG_SOUND_SECONDS)).toBeLessThan(0.01);
		},
	);

	test("for voices is 64 kbit/s in mono at 24 kHz", async ({ directory, toolbox }) => {
		const { header, encoding } = await mp3Of(
			await music(),
			{ directory, toolbox },
			{ quality: "voice" },
		);
		expect(encoding).toBe("cbr");
		expect(header).toMatchObject({ sampleRateHz: 24_000, channels: 1 });
		expect((header.sizeBytes * 8) / header.durationSeconds / 1000).toBeCloseTo(64, 0);
	});

	test("is never more than the source holds, and the result says so", async ({
		directory,
		toolbox,
	}) => {
		const source = await webmLowBitrate();
		const made = await mp3Of(source, { directory, toolbox }, { bitrateKbps: 320 });
		expect(made).toMatchObject({ encoding: "cbr", cappedToSource: true });
		expect((made.header.sizeBytes * 8) / made.header.durationSeconds).toBeLessThan(200_000);
	});

	test("of VBR, too, is bounded by the source's", async ({ directory, toolbox }) => {
		const made = await mp3Of(await webmLowBitrate(), { directory, toolbox }, { quality: "best" });
		expect(made).toMatchObject({ encoding: "vbr", cappedToSource: true });
	});
});

describe.concurrent("MP3 that is asked for as MP3", () => {
	test("of fewer kbit/s than the source has is encoded", async ({ directory, toolbox }) => {
		const made = await mp3Of(await mp3(), { directory, toolbox }, { bitrateKbps: 128 });
		expect(made).toMatchObject({ encoding: "cbr", cappedToSource: false });
	});

	test("of more is copied, and the result says so", async ({ directory, toolbox }) => {
		const source = await mp3LowBitrate();
		const made = await mp3Of(source, { directory, toolbox }, { bitrateKbps: 128 });
		expect(made).toMatchObject({ encoding: "copy", cappedToSource: true });
		expect(await samplesOf(made.path)).toBe(await samplesOf(source));
	});

	test("of fewer is encoded where only its first frames have as few", async ({
		directory,
		toolbox,
	}) => {
		const source = await mp3SilentAtFirst();
		const made = await mp3Of(source, { directory, toolbox }, { bitrateKbps: 96 });
		expect(made).toMatchObject({ encoding: "cbr", cappedToSource: false });
		expect(made.header.sizeBytes * 8).toBeGreaterThan(90_000 * made.header.durationSeconds);
	});

	test.for([
		["a cut", { startSeconds: 1 }],
		["another rate", { sampleRateHz: 22_050 }],
		["mono", { channels: 1 }],
		["a loudness", { loudnessLufs: -16 }],
	] as const)("is encoded for %s", async ([, wish], { directory, toolbox }) => {
		const { encoding } = await mp3Of(await mp3(), { directory, toolbox }, wish);
		expect(encoding).toBe("vbr");
	});
});

test("MP3 that begins later than its picture is encoded, with the silence before it", async ({
	directory,
	toolbox,
}) => {
	const { encoding, header } = await mp3Of(await mp4WithLateMp3(), { directory, toolbox });
	expect(encoding).toBe("vbr");
	expect(Math.abs(header.durationSeconds - MEDIA_SECONDS - LATE_BY_SECONDS)).toBeLessThan(0.05);
});

describe.concurrent("a cut", () => {
	test.for([
		[1, 2],
		[0.123_456, 1.9],
		[0, 3.999],
		[1.5, undefined],
	] as const)(
		"from %d to %s seconds is exact to the sample",
		async ([startSeconds, endSeconds], { directory, toolbox }) => {
			const source = await wavWithClick();
			const wish = { startSeconds, ...(endSeconds !== undefined && { endSeconds }) };
			const { path, header } = await mp3Of(source, { directory, toolbox }, wish);
			const samples = await decoded(path);
			const start = Math.round(startSeconds * 44_100);
			const end = Math.round((endSeconds ?? 4) * 44_100);
			expect(samples).toHaveLength(end - start);
			expect(header.durationSeconds).toBeCloseTo((end - start) / 44_100, 6);
			expect(loudest(samples)).toBe(CLICK_AT_SAMPLE - start);
			const head = (await readFile(path)).subarray(0, header.frame.sizeBytes);
			const crcAt = infoOffset(header.frame.format) + INFO_FIELDS.tagCrc;
			expect(head.readUInt16BE(crcAt)).toBe(crc16(head.subarray(0, crcAt)));
		},
	);

	test("that begins after the end fails: cut_beyond_end", async ({ directory, toolbox }) => {
		const result = await tryMp3Of(
			await wavWithClick(),
			{ directory, toolbox },
			{ startSeconds: 4 },
		);
		expect(result).toMatchObject({ ok: false, code: "cut_beyond_end" });
	});

	test("that ends after the end takes what there is", async ({ directory, toolbox }) => {
		const wish = { startSeconds: 3, endSeconds: 10 };
		const { header } = await mp3Of(await wavWithClick(), { directory, toolbox }, wish);
		expect(header.durationSeconds).toBeCloseTo(1, 6);
	});
});

describe.concurrent("a loudness", () => {
	test.for([
		["quiet music", quietMusic, -23, 0.3],
		["quiet music", quietMusic, -14, 0.3],
		["peaks over a quiet ground", peakyMusic, -14, 2.5],
	] as const)(
		"of %s becomes what was asked for, and no peak goes over",
		async ([, source, loudnessLufs, within], { directory, toolbox }) => {
			const made = await mp3Of(await source(), { directory, toolbox }, { loudnessLufs });
			const heard = await r128(made.path);
			expect(Math.abs(heard.lufs - loudnessLufs)).toBeLessThan(within);
			expect(Math.abs((made.loudnessLufs ?? 0) - heard.lufs)).toBeLessThan(0.3);
			expect(heard.peakDbtp).toBeLessThan(0);
		},
	);

	test("of silence stays what it is", async ({ directory, toolbox }) => {
		const source = await longSound("silence.flac", ["-af", "volume=0", "-t", "3", "-c:a", "flac"]);
		const made = await mp3Of(source, { directory, toolbox }, { loudnessLufs: -16 });
		expect(made.loudnessLufs).toBeUndefined();
		expect(made.peakDbfs).toBeLessThan(-60);
	});
});

describe.concurrent("a size", () => {
	test.for([2_000_000, 700_000, 300_000, 80_000])(
		"of %i bytes is kept to, and used",
		async (fitBytes, { directory, toolbox }) => {
			const made = await mp3Of(await music(), { directory, toolbox }, { fitBytes });
			const { length } = await readFile(made.path);
			expect(length).toBeLessThanOrEqual(fitBytes);
			if (made.encoding === "cbr") expect(length).toBeGreaterThan(0.6 * fitBytes);
			expect(Math.abs(made.header.durationSeconds - LONG_SOUND_SECONDS)).toBeLessThan(0.01);
		},
	);

	test("that the usual quality keeps to is left to it", async ({ directory, toolbox }) => {
		const wish = { fitBytes: 50_000_000 };
		const { encoding } = await mp3Of(await music(), { directory, toolbox }, wish);
		expect(encoding).toBe("vbr");
	});

	test("is kept to when the source does not say how long it is", async ({ directory, toolbox }) => {
		const source = await longSound("unknown-length.aac", ["-c:a", "aac", "-f", "adts"]);
		const { path } = await mp3Of(source, { directory, toolbox }, { fitBytes: 500_000 });
		expect((await readFile(path)).length).toBeLessThanOrEqual(500_000);
	});

	test("is used up by sound that ends before the picture does", async ({ directory, toolbox }) => {
		const wish = { fitBytes: 20_000 };
		const { header } = await mp3Of(await mkvShortSound(), { directory, toolbox }, wish);
		expect(header.sizeBytes).toBeLessThanOrEqual(20_000);
		expect(header.sizeBytes).toBeGreaterThan(15_000);
	});

	test("too small for any quality fails: cannot_fit", async ({ directory, toolbox }) => {
		const result = await tryMp3Of(await music(), { directory, toolbox }, { fitBytes: 20_000 });
		expect(result).toMatchObject({ ok: false, code: "cannot_fit" });
	});

	test("is kept to by MP3 as it is, where that does", async ({ directory, toolbox }) => {
		const { encoding } = await mp3Of(await mp3(), { directory, toolbox }, { fitBytes: 1_000_000 });
		expect(encoding).toBe("copy");
		const smaller = await mp3Of(await mp3(), { directory, toolbox }, { fitBytes: 60_000 });
		expect(smaller.encoding).not.toBe("copy");
		expect((await readFile(smaller.path)).length).toBeLessThanOrEqual(60_000);
	});
});

describe.concurrent("a track", () => {
	test.for([
		[undefined, 300],
		[0, 300],
		[1, 3000],
		["de", 300],
		["ger", 300],
		["deu", 300],
		["en", 3000],
		["eng", 3000],
	] as const)("asked for as %s is the one", async ([track, hz], { directory, toolbox }) => {
		const wish = track === undefined ? {} : { track };
		const { path } = await mp3Of(await mkvTwoLanguages(), { directory, toolbox }, wish);
		expect(Math.abs((await pitchHz(path)) - hz)).toBeLessThan(hz * 0.02);
	});

	test.for([2, "fr", "zzz"] as const)(
		"asked for as %s is not there: track_not_found",
		async (track, { directory, toolbox }) => {
			const result = await tryMp3Of(await mkvTwoLanguages(), { directory, toolbox }, { track });
			expect(result).toMatchObject({ ok: false, code: "track_not_found" });
		},
	);
});

describe.concurrent("the result", () => {
	test("tells the highest sample", async ({ directory, toolbox }) => {
		const { peakDbfs } = await mp3Of(await wavWithClick(), { directory, toolbox });
		expect(peakDbfs).toBeCloseTo(20 * Math.log10(0.9), 0);
	});

	test("tells no peak of what was not decoded", async ({ directory, toolbox }) => {
		expect((await mp3Of(await mp3(), { directory, toolbox })).peakDbfs).toBeUndefined();
	});

	test("of an ordinary video is not said to be capped", async ({ directory, toolbox }) => {
		expect(await mp3Of(await mp4(), { directory, toolbox })).toMatchObject({
			cappedToSource: false,
		});
	});
});

/** The first channel's samples, as a player plays them. */
async function decoded(path: string): Promise<Float32Array> {
	const args = ["-v", "error", "-i", path, "-ac", "1", "-f", "f32le", "-"];
	const options = { encoding: "buffer", maxBuffer: 1 << 28 } as const;
	const { stdout } = await promisify(execFile)("ffmpeg", args, options);
	return new Float32Array(new Uint8Array(stdout).buffer);
}

function loudest(samples: Float32Array): number {
	let at = 0;
	for (const [index, sample] of samples.entries()) {
		if (Math.abs(sample) > Math.abs(samples[at] ?? 0)) at = index;
	}
	return at;
}

/** Of a pure tone, by counting how often it crosses zero upwards. */
async function pitchHz(path: string): Promise<number> {
	const samples = (await decoded(path)).subarray(11_025, 55_125);
	let crossings = 0;
	for (let index = 1; index < samples.length; index++) {
		if ((samples[index - 1] ?? 0) < 0 && (samples[index] ?? 0) >= 0) crossings++;
	}
	return crossings / (samples.length / 44_100);
}

/** ffmpeg's own measurement. */
async function r128(path: string): Promise<{ lufs: number; peakDbtp: number }> {
	const args = ["-hide_banner", "-nostats", "-i", path];
	const measure = ["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"];
	const { stderr } = await promisify(execFile)("ffmpeg", [...args, ...measure]);
	const [, lufs] = /I: +(\S+) LUFS/.exec(stderr) ?? [];
	const [, peak] = /Peak: +(\S+) dBFS/.exec(stderr) ?? [];
	return { lufs: Number(lufs), peakDbtp: Number(peak) };
}
