import { describe, expect } from "vitest";
import { expectFaithful, type Truth } from "./faithful.ts";
import { hear } from "./hear.ts";
import { mp3Of } from "./make-mp3-of.ts";
import {
	amrNarrow,
	amrWide,
	BANGS_SECONDS,
	bytesOf,
	loudTone,
	remuxed,
	sound,
	soundAloneOf,
	video,
} from "./real-media.ts";
import { samplesOf } from "./samples.ts";
import { test } from "./toolbox-test.ts";

/*
 * Whatever a video's sound is in, the MP3 is as long as a reference decode, loses and repeats
 * nothing, and keeps its time beside the picture.
 */

const AAC = ["-c:a", "aac"];
const AAC_44 = ["-c:a", "aac", "-ar", "44100"];
const MP3 = ["-c:a", "libmp3lame"];
const PCM = ["-c:a", "pcm_s16le"];
const DTS = ["-c:a", "dca", "-strict", "-2"];
const TRUEHD = ["-c:a", "truehd", "-strict", "-2", "-ac", "2"];
const FRAGMENTED = ["-movflags", "+frag_keyframe+empty_moov"];

/** AVI has no word for an encoder's delay: every player plays it. */
const IN_AVI: Truth = { delaySeconds: 0.023 };
/** Nor has ffmpeg's way to write fragments. */
const IN_FRAGMENTS: Truth = { delaySeconds: 0.021 };
/** An encoder for voices has one, too, that it does not tell. */
const VOICE: Truth = { delaySeconds: 0.008, keepsQuiet: false };

type Kind = [name: string, args: readonly string[], truth?: Truth];

describe.concurrent("a video's sound", () => {
	test.for<Kind>([
		["aac.mp4", AAC],
		["ac3.mp4", ["-c:a", "ac3"]],
		["eac3.mp4", ["-c:a", "eac3"]],
		["alac.mp4", ["-c:a", "alac"]],
		["opus.mp4", ["-c:a", "libopus"]],
		["mp3.mp4", MP3],
		["mp2.mp4", ["-c:a", "mp2"]],
		["pcm.mov", PCM],
		["pcm-8-bit.mov", ["-c:a", "pcm_u8"]],
		["pcm-24-bit.mov", ["-c:a", "pcm_s24be"]],
		["ima.mov", ["-c:a", "adpcm_ima_qt", "-ar", "44100"]],
		["mu-law.mov", ["-c:a", "pcm_mulaw", "-ar", "8000"]],
		["aac.3gp", AAC],
		["ac3.mkv", ["-c:a", "ac3"]],
		["dts.mkv", DTS],
		["truehd.mkv", TRUEHD],
		["flac.mkv", ["-c:a", "flac"]],
		["mp3.mkv", MP3],
		["pcm-float.mkv", ["-c:a", "pcm_f32le"]],
		["opus.webm", ["-c:a", "libopus"]],
		["vorbis.webm", ["-c:a", "libvorbis"]],
		["aac.ts", AAC],
		["latm.ts", [...AAC, "-mpegts_flags", "latm"]],
		["mp2.ts", ["-c:a", "mp2"]],
		["eac3.ts", ["-c:a", "eac3"]],
		["s302m.ts", ["-c:a", "s302m", "-strict", "-2", "-ac", "2"]],
		["bluray.m2ts", ["-c:a", "pcm_bluray", "-ac", "2"]],
		["mp2.mpg", ["-c:a", "mp2"]],
		["ac3.vob", ["-c:a", "ac3"]],
		["dvd.vob", ["-c:a", "pcm_dvd", "-ac", "2"]],
		["wma1.wmv", ["-c:a", "wmav1"]],
		["wma2.wmv", ["-c:a", "wmav2"]],
		["aac.flv", AAC_44],
		["mp3.flv", [...MP3, "-ar", "44100"]],
		["nellymoser.flv", ["-c:a", "nellymoser", "-ar", "22050", "-ac", "1"]],
		["speex.flv", ["-c:a", "libspeex", "-ar", "16000", "-ac", "1"], VOICE],
		["adpcm.flv", ["-c:a", "adpcm_swf", "-ar", "22050"]],
		["mp3.avi", MP3, IN_AVI],
		["ac3.avi", ["-c:a", "ac3"]],
		["pcm.avi", PCM],
		["adpcm.avi", ["-c:a", "adpcm_ms"]],
		["gsm.avi", ["-c:a", "libgsm_ms", "-ar", "8000"], { keepsQuiet: false }],
		["wma.avi", ["-c:a", "wmav2"], { delaySeconds: 0.043 }],
		["dts.avi", DTS, IN_AVI],
		["vorbis.avi", ["-c:a", "libvorbis"], IN_AVI],
		["vorbis.ogv", ["-c:a", "libvorbis"]],
		["opus.ogv", ["-c:a", "libopus"]],
	])("is all there, and in time: %s", async ([name, args, truth], { workshop }) => {
		await expectFaithful(await video(name, args), workshop, truth);
	});

	test.for<[...Kind, hz: number]>([
		["192-khz.mkv", ["-c:a", "flac", "-ar", "192000"], {}, 48_000],
		["96-khz.mov", [...PCM, "-ar", "96000"], {}, 48_000],
		["88-khz.mkv", ["-c:a", "flac", "-ar", "88200"], {}, 44_100],
		["24-khz.mp4", [...AAC, "-ar", "24000"], {}, 24_000],
		["11-khz.avi", ["-c:a", "pcm_u8", "-ar", "11025"], {}, 11_025],
		["8-khz.flv", ["-c:a", "pcm_alaw", "-ar", "8000"], {}, 8_000],
		["5-khz.mov", [...PCM, "-ar", "5512"], {}, 8_000],
	])(
		"keeps its sample rate, or what MP3 has for it: %s",
		async ([name, args, truth, hz], { workshop }) => {
			const { header } = await expectFaithful(await video(name, args), workshop, truth);
			expect(header.sampleRateHz).toBe(hz);
		},
	);

	test("is decoded at the rate that its extension has, as HE-AAC is", async ({ workshop }) => {
		// An encoder for it is not to be had; but one that only says so makes decoders work alike.
		const plain = sound("22-khz.m4a", [...AAC, "-ar", "22050"]);
		const input = await bytesOf("he-aac.m4a", plain, (bytes) => {
			const extension = bytes.indexOf(Buffer.from("56e500", "hex"));
			return bytes.fill(0xa0, extension + 2, extension + 3);
		});
		const { header } = await expectFaithful(input, workshop, { delaySeconds: 0.021 });
		expect(header.sampleRateHz).toBe(44_100);
	});

	test.for([
		["AMR, narrow", amrNarrow, 8_000],
		["AMR, wide", amrWide, 16_000],
	] as const)("is all there in 3GP: %s", async ([, make, hz], { workshop }) => {
		const { header } = await expectFaithful(await make(), workshop, { keepsQuiet: false });
		expect(header.sampleRateHz).toBe(hz);
	});
});

describe.concurrent("a file of sound alone", () => {
	test.for<Kind>([
		["a.m4a", AAC],
		["lossless.m4a", ["-c:a", "alac"]],
		["vorbis.ogg", ["-c:a", "libvorbis"]],
		["opus.opus", ["-c:a", "libopus"]],
		["speex.ogg", ["-c:a", "libspeex", "-ar", "8000"], VOICE],
		["16-bit.wav", PCM],
		["8-bit.wav", ["-c:a", "pcm_u8"]],
		["mu-law.wav", ["-c:a", "pcm_mulaw", "-ar", "8000"]],
		["adpcm.wav", ["-c:a", "adpcm_ms"]],
		["a.flac", ["-c:a", "flac"]],
		["a.mp3", MP3],
		["without-xing.mp3", [...MP3, "-write_xing", "0"], { delaySeconds: 0.012 }],
		["a.aac", AAC, { delaySeconds: 0.021 }],
		["a.wma", ["-c:a", "wmav2"], { delaySeconds: 0.043 }],
		["a.mka", AAC, { delaySeconds: 0.021 }],
	])("is all there: %s", async ([name, args, truth], { workshop }) => {
		await expectFaithful(await sound(name, args), workshop, truth);
	});
});

describe.concurrent("sound that begins half a second after the picture", () => {
	const late = BANGS_SECONDS.map((bang) => bang + 0.5);

	test.for<Kind>([
		["late.mp4", AAC],
		["late-mp3.mp4", MP3],
		["late.mov", PCM],
		["late-fragmented.mp4", [...AAC, ...FRAGMENTED]],
		["late.3gp", AAC],
		["late.mkv", AAC],
		["late-b-frames.mkv", ["-c:a", "ac3", "-c:v", "libx264", "-preset", "fast", "-bf", "3"]],
		["late-live.mkv", [...AAC, "-live", "1"]],
		["late-opus.webm", ["-c:a", "libopus"]],
		["late-vorbis.webm", ["-c:a", "libvorbis"]],
		["late.ts", AAC],
		["late.m2ts", ["-c:a", "ac3"]],
		["late.mpg", ["-c:a", "mp2"]],
		["late.vob", ["-c:a", "ac3"]],
		["late.wmv", ["-c:a", "wmav2"]],
		["late.flv", AAC_44],
		["late-vorbis.ogv", ["-c:a", "libvorbis"]],
		["late-opus.ogv", ["-c:a", "libopus"]],
	])("still does: %s", async ([name, args], { workshop }) => {
		const input = await video(name, args, { soundLate: 0.5 });
		await expectFaithful(input, workshop, { bangs: late });
	});

	test("still does: AVI, whose header tells", async ({ workshop }) => {
		// ffmpeg does not write it; others do.
		const input = await bytesOf("late.avi", video("pcm.avi", PCM), (bytes) => {
			const header = bytes.indexOf("auds");
			const [scale, rate, start] = [20, 24, 28].map((offset) => header + offset) as [
				number,
				number,
				number,
			];
			bytes.writeUInt32LE((0.5 * bytes.readUInt32LE(rate)) / bytes.readUInt32LE(scale), start);
			return bytes;
		});
		await expectFaithful(input, workshop, { bangs: late, pictureSeconds: 0 });
	});

	test.for<Kind>([
		["far-late.mkv", []],
		["far-late.wmv", []],
		["far-late.flv", []],
	])("still does where the file begins far from zero: %s", async ([name], { workshop }) => {
		const codec = name.endsWith("flv") ? AAC_44 : AAC;
		const source = video(name.replace("far-", "near-"), codec, { soundLate: 0.5 });
		const input = await remuxed(name, source, { after: ["-output_ts_offset", "3600"] });
		await expectFaithful(input, workshop, { bangs: late });
	});

	test.for([
		["late.mkv", AAC],
		["late.wmv", PCM],
		["late.ogv", ["-c:a", "libopus"]],
	] as const)("may begin two seconds after it: %s", async ([name, args], { workshop }) => {
		const input = await video(`two-seconds-${name}`, args, { soundLate: 2 });
		await expectFaithful(input, workshop, { bangs: BANGS_SECONDS.map((bang) => bang + 2) });
	});

	test.for<[string, readonly string[], { soundLate?: number; pictureLate?: number }]>([
		["late.mp4", AAC, { soundLate: 0.5 }],
		["early.mp4", AAC, { pictureLate: 0.5 }],
		["beside.mp4", AAC, {}],
		["late.mov", PCM, { soundLate: 0.5 }],
	])("is the same when it was fetched alone: %s", async ([name, args, times], { workshop }) => {
		const whole = video(name, args, times);
		const alone = await soundAloneOf(`alone-${name}`, whole);
		const fromWhole = await samplesOf((await mp3Of(await whole, workshop)).path);
		const fromAlone = await mp3Of(alone, { ...workshop, isSoundAlone: true });
		expect(await samplesOf(fromAlone.path)).toBe(fromWhole);
	});
});

describe.concurrent("a picture that begins half a second after the sound", () => {
	test.for<Kind>([
		["early.mp4", AAC],
		["early.mov", PCM],
		["early.mkv", AAC],
		["early.webm", ["-c:a", "libopus"]],
		["early.ts", AAC],
		["early.vob", ["-c:a", "ac3"]],
		["early.wmv", ["-c:a", "wmav2"], { delaySeconds: 0.043 }],
		["early.flv", AAC_44],
		["early.ogv", ["-c:a", "libvorbis"]],
	])("takes nothing from it: %s", async ([name, args, truth], { workshop }) => {
		const input = await video(name, args, { pictureLate: 0.5 });
		await expectFaithful(input, workshop, { pictureSeconds: 0.01, ...truth });
	});
});

describe.concurrent("a video cut without encoding it again", () => {
	test.for<[string, readonly string[], cutSeconds: number]>([
		["cut.mp4", AAC, 0.5],
		["cut-in-gop.mp4", [...AAC, "-g", "12"], 0.7],
		["cut.mov", PCM, 0.5],
		["cut.m4a", AAC, 0.3],
	])("begins at the cut: %s", async ([name, args, cutSeconds], { workshop }) => {
		const make = name.endsWith("m4a") ? sound : video;
		const source = make(name.replace("cut", "uncut"), args);
		const input = await remuxed(name, source, { before: ["-ss", String(cutSeconds)] });
		const bangs = BANGS_SECONDS.map((bang) => bang - cutSeconds).filter((bang) => bang > 0);
		await expectFaithful(input, workshop, { bangs, pictureSeconds: 0 });
	});

	test("begins at zero if its times began before", async ({ workshop }) => {
		const after = ["-output_ts_offset", "-0.3"];
		const input = await remuxed("negative.mp4", video("aac.mp4", AAC), { after });
		const bangs = BANGS_SECONDS.map((bang) => bang - 0.3).filter((bang) => bang > 0);
		await expectFaithful(input, workshop, { bangs, pictureSeconds: 0 });
	});
});

describe.concurrent("a file of a special make", () => {
	test.for<Kind>([
		["fragmented.mp4", [...AAC, ...FRAGMENTED], IN_FRAGMENTS],
		[
			"dash.mp4",
			[...AAC, "-movflags", "+dash+frag_keyframe+empty_moov+default_base_moof"],
			IN_FRAGMENTS,
		],
		["live.mkv", [...AAC, "-live", "1"]],
		["live.webm", ["-c:a", "libopus", "-live", "1"]],
		[
			"changing-frame-rate.mp4",
			[...AAC, "-vf", "select='gt(mod(n,7),2)'", "-vsync", "vfr"],
			{ pictureSeconds: 0 },
		],
		[
			"wrapping.ts",
			[...AAC, "-output_ts_offset", String(2 ** 33 / 90_000 - 2.9)],
			{ pictureSeconds: 0.021 },
		],
	])("is converted as any other: %s", async ([name, args, truth], { workshop }) => {
		await expectFaithful(await video(name, args), workshop, truth);
	});

	test("is converted as any other: a fragmented MP4 from the middle of a live stream", async ({
		workshop,
	}) => {
		const hour = 3600;
		const input = await bytesOf(
			"live.mp4",
			video("fragmented.mp4", [...AAC, ...FRAGMENTED]),
			(bytes) => {
				// A box for each track of a fragment: its times begin here. The picture is track 1.
				const ticks = { 1: 12_800, 2: 48_000 };
				for (let at = bytes.indexOf("tfdt"); at > 0; at = bytes.indexOf("tfdt", at + 1)) {
					const track = bytes.readUInt32BE(bytes.lastIndexOf("tfhd", at) + 8) as 1 | 2;
					expect(bytes[at + 4]).toBe(1);
					const time = bytes.readBigUInt64BE(at + 8) + BigInt(hour * ticks[track]);
					bytes.writeBigUInt64BE(time, at + 8);
				}
				return bytes;
			},
		);
		const { cappedToSource } = await expectFaithful(input, workshop, IN_FRAGMENTS);
		// An hour that is not there would make for a very low bitrate.
		expect(cappedToSource).toBe(false);
	});

	test("is converted as any other: AVI without its index", async ({ workshop }) => {
		const input = await bytesOf("no-index.avi", video("mp3.avi", MP3), (bytes) =>
			bytes.subarray(0, bytes.lastIndexOf("idx1")),
		);
		await expectFaithful(input, workshop, IN_AVI);
	});

	test("is converted as any other: AVI that was never finished", async ({ workshop }) => {
		const input = await bytesOf("unfinished.avi", video("pcm.avi", PCM), (bytes) => {
			const lengths = [
				bytes.indexOf("avih") + 24,
				bytes.indexOf("vids") + 32,
				bytes.indexOf("auds") + 32,
			];
			for (const at of [4, bytes.indexOf("movi") - 4, ...lengths]) bytes.writeUInt32LE(0, at);
			return bytes.subarray(0, bytes.lastIndexOf("idx1"));
		});
		await expectFaithful(input, workshop);
	});

	test.for([0, 0x7fff_ffff, 0xffff_ffff])(
		"is converted as any other: WAV written to a pipe, %i bytes long by its header",
		async (size, { workshop }) => {
			const input = await bytesOf(`pipe-${size}.wav`, sound("16-bit.wav", PCM), (bytes) => {
				for (const at of [4, bytes.indexOf("data") + 4]) bytes.writeUInt32LE(size, at);
				return bytes;
			});
			await expectFaithful(input, workshop);
		},
	);

	test("is converted as any other: MP3 after something else", async ({ workshop }) => {
		const input = await bytesOf("garbage.mp3", sound("a.mp3", MP3), (bytes) =>
			Buffer.concat([Buffer.alloc(700, "A"), bytes]),
		);
		await expectFaithful(input, workshop, { delaySeconds: 0.012 });
	});

	test("is converted as any other: MP3 that begins in the middle of a frame", async ({
		workshop,
	}) => {
		const whole = sound("without-xing.mp3", [...MP3, "-write_xing", "0"]);
		const input = await bytesOf("broken-frame.mp3", whole, (bytes) => bytes.subarray(100));
		// What was cut off is a frame of 24 ms.
		await expectFaithful(input, workshop, { delaySeconds: 0.012 - 0.024 });
	});

	test.for([
		["packet", 188],
		["byte", 1],
	] as const)(
		"is converted from where it begins: TS that starts at any %s",
		async ([, unit], { workshop }) => {
			const input = await bytesOf(
				`middle-${unit}.ts`,
				video("gops.ts", [...AAC, "-g", "12"]),
				(bytes) => bytes.subarray(Math.floor(bytes.length / 3 / unit) * unit),
			);
			const { path } = await mp3Of(input, workshop);
			const [ours, reference] = [await hear(path), await hear(input)];
			expect(ours.bangs).toHaveLength(4);
			const apart = (bangs: number[]) =>
				bangs.map((bang) => Math.round((bang - (bangs[0] ?? 0)) * 100));
			expect(apart(ours.bangs)).toEqual(apart(BANGS_SECONDS.slice(2)));
			expect(Math.abs(ours.seconds - reference.seconds)).toBeLessThan(0.05);
		},
	);

	test.for<[string, string[]]>([
		["forward", ["-output_ts_offset", "50"]],
		["not at all", []],
	])("goes on after a jump in its times: TS, %s", async ([name, jump], { workshop }) => {
		const [first, second] = [video("first.ts", AAC), video(`${name.length}.ts`, [...AAC, ...jump])];
		const input = await bytesOf(`jump-${name.length}.ts`, [first, second]);
		const bangs = [...BANGS_SECONDS, ...BANGS_SECONDS.map((bang) => bang + 3.03)];
		await expectFaithful(input, workshop, { bangs, keepsQuiet: false });
	});

	test("keeps its time after a hole: TS", async ({ workshop }) => {
		const input = await bytesOf("hole.ts", video("gops.ts", [...AAC, "-g", "12"]), (bytes) =>
			bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 1000),
		);
		const { path } = await mp3Of(input, workshop);
		const last = (await hear(path)).bangs.slice(-2);
		expect(last.map((bang) => Math.round(bang * 100))).toEqual([192, 247]);
	});
});

describe.concurrent("sound of many channels, all at full scale", () => {
	test.for<[string, string, number, readonly string[]]>([
		["3-0.wav", "3.0", 3, PCM],
		["quad.wav", "quad", 4, PCM],
		["5-0.mkv", "5.0", 5, ["-c:a", "flac"]],
		["5-1.mkv", "5.1", 6, ["-c:a", "ac3", "-b:a", "640k"]],
		["5-1.flac", "5.1", 6, ["-c:a", "flac"]],
		["5-1-truehd.mkv", "5.1", 6, TRUEHD.slice(0, 4)],
		["6-1.mov", "6.1", 7, PCM],
		["7-1.mkv", "7.1", 8, ["-c:a", "pcm_s24le"]],
	])(
		"is mixed to two without clipping: %s",
		async ([name, layout, channels, args], { workshop }) => {
			const input = await loudTone(name, layout, channels, args);
			for (const wishes of [{}, { channels: 1 } as const]) {
				const { path, header } = await mp3Of(input, workshop, wishes);
				const { peak } = await hear(path);
				expect(header.channels).toBe(wishes.channels ?? 2);
				// As loud as it can be; and MP3 itself is exact to less than this.
				expect(peak).toBeGreaterThan(0.97);
				expect(peak).toBeLessThan(1.02);
			}
		},
	);
});
