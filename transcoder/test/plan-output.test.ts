import { describe, expect, test } from "vitest";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { bitratesKbpsAt, MP3_BITRATES_KBPS, MP3_SAMPLE_RATES_HZ } from "#contracts/mp3-rates.ts";
import type { AudioStream } from "../ffmpeg/probe.ts";
import { planToFit } from "../plan/fit.ts";
import { planOutput } from "../plan/plan-output.ts";

/** From facts and wishes to what the MP3 will be. */

const sound = (about: Partial<AudioStream> = {}): AudioStream => ({
	index: 0,
	codec: "pcm_s16le",
	profile: undefined,
	startSeconds: 0,
	durationSeconds: 600,
	sampleRateHz: 44_100,
	channels: 2,
	bitrateKbps: undefined,
	language: undefined,
	...about,
});

describe("the sample rate", () => {
	test.for([
		[8_000, 8_000],
		[11_025, 11_025],
		[44_100, 44_100],
		[48_000, 48_000],
		[88_200, 44_100],
		[96_000, 48_000],
		[176_400, 44_100],
		[192_000, 48_000],
		[37_800, 32_000],
		[5_512, 8_000],
		[0, 8_000],
		[undefined, 44_100],
	] as const)("of sound at %s Hz is %i Hz", ([sampleRateHz, expected]) => {
		expect(planOutput(sound({ sampleRateHz }), { quality: "high" }).sampleRateHz).toBe(expected);
	});

	test("is what was asked for, and never more than the source's for a bitrate alone", () => {
		expect(planOutput(sound(), { quality: "high", sampleRateHz: 8_000 }).sampleRateHz).toBe(8_000);
		const low = sound({ sampleRateHz: 16_000 });
		expect(planOutput(low, { bitrateKbps: 128 }).sampleRateHz).toBe(16_000);
	});
});

describe("the channels", () => {
	test.for([
		[1, 1],
		[2, 2],
		[6, 2],
		[0, 2],
		[undefined, 2],
	] as const)("of %s are %i", ([channels, expected]) => {
		expect(planOutput(sound({ channels }), { quality: "high" }).channels).toBe(expected);
	});
});

describe("the bitrate", () => {
	test("is one that the rate has, whatever is asked for", () => {
		for (const sampleRateHz of MP3_SAMPLE_RATES_HZ) {
			for (const bitrateKbps of MP3_BITRATES_KBPS) {
				for (const channels of [1, 2, undefined] as const) {
					const wish = { bitrateKbps, ...(channels && { channels }) };
					const plan = planOutput(sound({ sampleRateHz }), wish);
					const kbps = plan.rate.mode === "cbr" ? plan.rate.bitrateKbps : 0;
					expect(bitratesKbpsAt(plan.sampleRateHz)).toContain(kbps);
					expect(kbps).toBeLessThanOrEqual(bitrateKbps);
					expect(plan.cappedToSource).toBe(false);
				}
			}
		}
	});

	test.for<[string, Partial<AudioStream>, ConversionOptions, object]>([
		["AAC at 128", { codec: "aac", bitrateKbps: 128 }, { quality: "best" }, { quality: 0 }],
		["AAC at 96", { codec: "aac", bitrateKbps: 96 }, { quality: "high" }, { quality: 2 }],
		["AAC at 64", { codec: "aac", bitrateKbps: 64 }, { quality: "high" }, { quality: 6 }],
		["AAC at 64", { codec: "aac", bitrateKbps: 64 }, { bitrateKbps: 320 }, { bitrateKbps: 128 }],
		["Opus at 24", { codec: "opus", bitrateKbps: 24 }, { bitrateKbps: 64 }, { bitrateKbps: 56 }],
		["MP3 at 128", { codec: "mp3", bitrateKbps: 128 }, { bitrateKbps: 320 }, { bitrateKbps: 128 }],
		["1 kbit/s", { codec: "aac", bitrateKbps: 1 }, { quality: "high" }, { quality: 9 }],
	])("for %s is capped to what that holds: %o, %o", ([, about, wish, rate]) => {
		expect(planOutput(sound(about), wish).rate).toMatchObject(rate);
	});

	test("for HE-AAC is taken for more than its number says", () => {
		const heAac = sound({ codec: "aac", profile: "HE-AAC", bitrateKbps: 64 });
		expect(planOutput(heAac, { quality: "high" }).rate).toMatchObject({ quality: 2 });
	});
});

describe("a plan to fit", () => {
	test("takes the best bitrate that surely fits", () => {
		const fit = { maxBytes: 10_000_000, durationSeconds: 600 };
		expect(planToFit(sound(), {}, fit)?.rate).toEqual({ mode: "cbr", bitrateKbps: 128 });
		const less = { ...fit, maxBytes: 9_600_000 };
		expect(planToFit(sound(), {}, less)?.rate).toEqual({ mode: "cbr", bitrateKbps: 112 });
	});

	test("is none when nothing fits", () => {
		expect(planToFit(sound(), {}, { maxBytes: 500_000, durationSeconds: 600 })).toBeUndefined();
		expect(planToFit(sound(), {}, { maxBytes: -5, durationSeconds: 1 })).toBeUndefined();
	});
});
