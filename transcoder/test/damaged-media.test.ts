import { describe, expect } from "vitest";
import { expectFaithful } from "./faithful.ts";
import { hear } from "./hear.ts";
import { mp3Of, tryMp3Of } from "./make-mp3-of.ts";
import { cut, make } from "./media.ts";
import {
	BANGS_SECONDS,
	bytesOf,
	loudTone,
	remuxed,
	silence,
	sound,
	tinySound,
	video,
} from "./real-media.ts";
import { test } from "./toolbox-test.ts";

/*
 * Files that end too early, that hold next to nothing, or whose sound turns into another one.
 */

const AAC = ["-c:a", "aac"];
const AC3 = ["-c:a", "ac3"];
const MP3 = ["-c:a", "libmp3lame"];
const PCM = ["-c:a", "pcm_s16le"];
const WITHOUT_XING = [...MP3, "-write_xing", "0"];

type Source = [name: string, make: typeof video | typeof sound, args: readonly string[]];

describe.concurrent("a file that was cut off", () => {
	test.for<Source>([
		["a.mp4", video, [...AAC, "-movflags", "+faststart"]],
		["fragmented.mp4", video, [...AAC, "-movflags", "+frag_keyframe+empty_moov"]],
		["a.mkv", video, AAC],
		["a.flv", video, [...AAC, "-ar", "44100"]],
		["pcm.avi", video, PCM],
		["mp3.avi", video, MP3],
		["mp3.mkv", video, MP3],
		["mp3.flv", video, [...MP3, "-ar", "44100"]],
		["mp3.wmv", video, MP3],
		["mp3.wav", sound, MP3],
		["a.wmv", video, ["-c:a", "wmav2"]],
		["a.wav", sound, PCM],
		["a.flac", sound, ["-c:a", "flac"]],
		["with-xing.mp3", sound, MP3],
	])(
		"is told from a short one where it says how long it is: %s",
		async ([name, make, args], { workshop }) => {
			const input = await cut(await make(name, args), `cut-${name}`, 0.6);
			expect(await tryMp3Of(input, workshop)).toMatchObject({ ok: false, code: "corrupt_input" });
		},
	);

	test("is told where all of it is there, and the end cannot be decoded", async ({ workshop }) => {
		const forty = ["-af", "aloop=loop=12:size=144000", ...AAC, "-movflags", "+faststart"];
		// As an unfinished download leaves it; few enough for ffmpeg not to mind.
		const input = await bytesOf("zeros-at-end.m4a", sound("forty.m4a", forty), (bytes) =>
			bytes.fill(0, Math.floor(bytes.length * 0.95)),
		);
		const result = await tryMp3Of(input, workshop);
		expect(result).toMatchObject({ ok: false, code: "corrupt_input" });
		expect(result).toHaveProperty(
			"detail",
			expect.stringMatching(/^the last [12]\.\d s of the sound/),
		);
	});

	test.for<Source>([
		["a.ts", video, AAC],
		["mp3.ts", video, MP3],
		["a.vob", video, AC3],
		["live.mkv", video, [...AAC, "-live", "1"]],
		["a.ogv", video, ["-c:a", "libvorbis"]],
		["a.opus", sound, ["-c:a", "libopus"]],
		["a.aac", sound, AAC],
		["without-xing.mp3", sound, WITHOUT_XING],
	])(
		"is converted as far as it goes where it does not say: %s",
		async ([name, make, args], { workshop }) => {
			const input = await cut(await make(name, args), `cut-${name}`, 0.6);
			const { path } = await mp3Of(input, workshop);
			const [ours, reference] = [await hear(path), await hear(input)];
			expect(ours.bangs.length).toBe(reference.bangs.length);
			expect(ours.bangs.length).toBeGreaterThan(2);
			expect(Math.abs(ours.seconds - reference.seconds)).toBeLessThan(0.025);
		},
	);

	test("is no worse for it where the part that was asked for is there", async ({ workshop }) => {
		const input = await cut(await sound("a.wav", PCM), "cut-later.wav", 0.6);
		const { path } = await mp3Of(input, workshop, { startSeconds: 0.5, endSeconds: 1.5 });
		expect((await hear(path)).seconds).toBeCloseTo(1, 3);
	});
});

describe.concurrent("sound of next to nothing", () => {
	test.for([
		["a.wav", PCM],
		["a.flac", ["-c:a", "flac"]],
		["a.mkv", PCM],
		["a.m4a", AAC],
		["a.ogg", ["-c:a", "libvorbis"]],
		["a.mp3", MP3],
	] as const)("is converted: 100 samples, %s", async ([name, args], { workshop }) => {
		const input = await tinySound(`tiny-${name}`, 100, args);
		const { path, header } = await mp3Of(input, workshop);
		const [ours, reference] = [await hear(path), await hear(input)];
		expect(header.durationSeconds).toBeGreaterThan(0);
		expect(Math.abs(ours.samples - reference.samples)).toBeLessThan(1152);
		expect(ours.peak).toBeGreaterThan(0.3);
	});

	test("is corrupt when there is no sample at all", async ({ workshop }) => {
		const input = await tinySound("nothing.wav", 0, PCM);
		expect(await tryMp3Of(input, workshop)).toMatchObject({ ok: false, code: "corrupt_input" });
	});

	test("is converted when it is silence", async ({ workshop }) => {
		const { path } = await mp3Of(await silence(), workshop);
		const { seconds, peak } = await hear(path);
		expect(seconds).toBeCloseTo(1, 1);
		expect(peak).toBeLessThan(0.001);
	});
});

describe.concurrent("floating-point sound", () => {
	const FLOAT = ["-c:a", "pcm_f32le", "-fflags", "+bitexact"];
	const fine = () => sound("float.wav", FLOAT);
	/** Single samples, in the quiet between bangs, that no sound has. */
	const spoilt = () =>
		bytesOf("nonsense.wav", fine(), (bytes) => {
			const start = bytes.indexOf("data") + 8;
			const nonsense = [
				Number.NaN,
				Number.POSITIVE_INFINITY,
				Number.NEGATIVE_INFINITY,
				1e10,
				-3e38,
			];
			for (const [index, value] of nonsense.entries()) {
				bytes.writeFloatLE(value, start + 4 * (24_000 + 20 * index));
			}
			return bytes;
		});

	test.for([
		["32 bits, WAV", spoilt],
		["32 bits, MKV", () => remuxed("nonsense.mkv", spoilt())],
		["64 bits, MOV", async () => make("f64.mov", ["-i", await spoilt(), "-c:a", "pcm_f64be"])],
	] as const)(
		"is silent where it is not a number or beyond all measure: %s",
		async ([, source], { workshop }) => {
			const { path } = await mp3Of(await source(), workshop);
			const [ours, reference] = [await hear(path), await hear(await fine())];
			const places = (bangs: number[]) => bangs.map((bang) => Math.round(bang * 100));
			expect(places(ours.bangs)).toEqual(places(reference.bangs));
			expect(ours.samples).toBe(reference.samples);
			expect(ours.peak).toBeCloseTo(reference.peak, 1);
		},
	);

	test("has a loudness all the same", async ({ workshop }) => {
		const { loudnessLufs } = await mp3Of(await spoilt(), workshop, { loudnessLufs: -23 });
		expect(loudnessLufs).toBeCloseTo(-23, 0);
	});

	test("may be louder than full scale", async ({ workshop }) => {
		const input = await loudTone("overs.wav", "stereo", 2, ["-af", "volume=9dB", ...FLOAT]);
		const { path } = await mp3Of(input, workshop);
		expect((await hear(path)).peak).toBeGreaterThan(2.7);
	});
});

const twice = (later: number) => [...BANGS_SECONDS, ...BANGS_SECONDS.map((bang) => bang + later)];

describe.concurrent("sound that becomes another on the way", () => {
	const film = ["-ac", "2", ...AC3];
	const advertisement = ["-ac", "6", ...AC3];

	test("goes on after it: TS from stereo to six channels", async ({ workshop }) => {
		const next = [...advertisement, "-output_ts_offset", "3.04"];
		const parts = [video("stereo.ts", film), video("six.ts", next)];
		const input = await bytesOf("stereo-six.ts", parts);
		const { header } = await expectFaithful(input, workshop, {
			bangs: twice(3.008),
			keepsQuiet: false,
		});
		expect(header.channels).toBe(2);
	});

	test("goes on after it where several encoders share a long recording", async ({ workshop }) => {
		// A minute and more is shared out.
		const long = ["-af", "aloop=loop=12:size=144000", ...AC3];
		const parts = [
			sound("long-stereo.ts", [...long, "-ac", "2"]),
			sound("long-six.ts", [...long, "-ac", "6", "-output_ts_offset", "39.01"]),
		];
		const input = await bytesOf("long-stereo-six.ts", parts);
		const { path } = await mp3Of(input, { ...workshop, cores: 2 });
		const [ours, reference] = [await hear(path), await hear(input)];
		expect(ours.bangs).toHaveLength(2 * 13 * BANGS_SECONDS.length);
		expect(ours.samples).toBe(reference.samples);
	});

	test("still begins late, and is cut where it was asked for", async ({ workshop }) => {
		const next = [...advertisement, "-output_ts_offset", "3.54"];
		const parts = [video("late-stereo.ts", film, { soundLate: 0.5 }), video("later-six.ts", next)];
		const input = await bytesOf("late-stereo-six.ts", parts);
		const { path } = await mp3Of(input, workshop, { startSeconds: 0.25, loudnessLufs: -23 });
		const bangs = (await hear(path)).bangs.map((bang) => Math.round(bang * 100));
		expect(bangs).toEqual(twice(3.008).map((bang) => Math.round((bang + 0.5 - 0.25) * 100)));
	});

	test.for<Source>([
		["aac", sound, AAC],
		["mp3", sound, WITHOUT_XING],
	])(
		"goes on after it: another sample rate and more channels, %s",
		async ([suffix, make, args], { workshop }) => {
			const parts = [
				make(`before.${suffix}`, [...args, "-ar", "44100", "-ac", "1"]),
				make(`after.${suffix}`, [...args, "-ar", "48000", "-ac", "2"]),
			];
			const input = await bytesOf(`changing.${suffix}`, parts);
			const { path, encoding, header } = await mp3Of(input, workshop);
			const [ours, reference] = [await hear(path), await hear(input)];
			const places = (bangs: number[]) => bangs.map((bang) => Math.round(bang * 100));
			expect(places(ours.bangs)).toEqual(places(reference.bangs));
			expect(Math.abs(ours.seconds - reference.seconds)).toBeLessThan(0.025);
			expect(Math.round(header.durationSeconds * header.sampleRateHz)).toBe(ours.samples);
			expect(encoding).toBe("vbr");
		},
	);

	test.for([
		["Ogg", "ogg", ["-c:a", "libvorbis"]],
		["FLAC", "flac", ["-c:a", "flac"]],
	] as const)(
		"is valid or a failure with a reason, never our fault: %s",
		async ([, suffix, args], { workshop }) => {
			const parts = [
				sound(`before.${suffix}`, [...args, "-ar", "44100"]),
				sound(`after.${suffix}`, [...args, "-ar", "48000"]),
			];
			const result = await tryMp3Of(await bytesOf(`chain.${suffix}`, parts), workshop);
			if (!result.ok) expect(result.code).toBe("corrupt_input");
		},
	);

	test.for<[string, readonly string[], (bytes: Buffer) => Buffer]>([
		[
			"mp4",
			AAC,
			(bytes) => {
				bytes.writeUInt32BE(22_050 * 65_536, bytes.indexOf("mp4a") + 28);
				return bytes;
			},
		],
		[
			"avi",
			MP3,
			(bytes) => {
				bytes.writeUInt32LE(22_050, bytes.indexOf("strf", bytes.indexOf("auds")) + 12);
				return bytes;
			},
		],
		[
			"mkv",
			AC3,
			(bytes) => {
				bytes.writeDoubleBE(22_050, bytes.indexOf(Buffer.from("b588", "hex")) + 2);
				return bytes;
			},
		],
	])(
		"is what it is, not what its header says of its rate: %s",
		async ([suffix, args, change], { workshop }) => {
			const input = await bytesOf(`wrong.${suffix}`, video(`right.${suffix}`, args), change);
			const { header } = await expectFaithful(input, workshop, { delaySeconds: 0.01 });
			expect(header.sampleRateHz).toBe(48_000);
		},
	);
});
