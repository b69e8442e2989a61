import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect } from "vitest";
import { CopiedMp3, NotCopied } from "../mp3/copied-mp3.ts";
import { crc16 } from "../mp3/crc-16.ts";
import { cutFrames } from "../mp3/cut-frames.ts";
import { INFO_FIELDS, infoOffset, readInfoHeader } from "../mp3/info-header.ts";
import { expectFaithful } from "./faithful.ts";
import { hear } from "./hear.ts";
import { type Mp3Of, mp3Of, type Tools, tryMp3Of } from "./make-mp3-of.ts";
import { LATE_BY_SECONDS, mkvWithMp3, mp3, mp4WithMp3 } from "./media.ts";
import { BANGS_SECONDS, bytesOf, mp3WithChecksums, remuxed, sound, video } from "./real-media.ts";
import { mp3FramesOf, samplesOf } from "./samples.ts";
import { test } from "./toolbox-test.ts";

/*
 * Sound that is MP3 already is never made worse: its frames are handed out as they are, and what is
 * heard of them is what ffmpeg decodes of the source.
 */

const MP3 = ["-c:a", "libmp3lame"];
const MP3_44 = [...MP3, "-ar", "44100"];
const WITHOUT_XING = [...MP3, "-write_xing", "0"];

/** Expects a copy, sample by sample and frame by frame, and a header that is right. */
async function expectCopied(input: string, tools: Tools): Promise<Mp3Of> {
	const made = await mp3Of(input, tools);
	const { path, encoding, header } = made;
	expect(encoding).toBe("copy");
	expect(await samplesOf(path)).toBe(await samplesOf(input));
	const { samples } = await hear(input);
	expect(Math.round(header.durationSeconds * header.sampleRateHz)).toBe(samples);
	const [bytes, frames] = [await readFile(path), await mp3FramesOf(input)];
	expect(bytes.subarray(-frames.length).equals(frames)).toBe(true);
	return made;
}

describe.concurrent("sound that is MP3 already", () => {
	test.for([
		["an MP3", () => mp3()],
		["an MP3 without a header", () => sound("without-xing.mp3", WITHOUT_XING)],
		["MP4", () => mp4WithMp3()],
		["fragmented MP4", () => video("f.mp4", [...MP3, "-movflags", "+frag_keyframe+empty_moov"])],
		["QuickTime", () => video("mp3.mov", MP3)],
		["Matroska", () => mkvWithMp3()],
		["Matroska without a picture", () => sound("mp3.mka", MP3)],
		["AVI", () => video("mp3.avi", MP3)],
		["FLV", () => video("mp3.flv", MP3_44)],
		["MPEG-TS", () => video("mp3.ts", MP3)],
		["MPEG-PS", () => video("mp3.mpg", MP3)],
		["ASF", () => video("mp3.wmv", MP3)],
		["WAV", () => sound("mp3.wav", MP3)],
	] as const)("comes out of a container as it went in: %s", async ([, make], { workshop }) => {
		await expectCopied(await make(), workshop);
	});

	test.for<[string, readonly string[]]>([
		["a constant bitrate", ["-b:a", "128k"]],
		["a varying bitrate", ["-q:a", "4"]],
		["mono", ["-q:a", "6", "-ac", "1"]],
		["22.05 kHz", ["-b:a", "64k", "-ar", "22050", "-ac", "2"]],
		["8 kHz", ["-b:a", "16k", "-ar", "8000"]],
		["stereo that is not joint", ["-b:a", "192k", "-ac", "2", "-joint_stereo", "0"]],
		["48 kHz without a reservoir", ["-b:a", "320k", "-reservoir", "0"]],
	])("comes out as it went in, whatever its kind: %s", async ([, args], { workshop }) => {
		for (const suffix of ["mp3", "mkv", "ts"]) {
			const make = suffix === "mp3" ? sound : video;
			await expectCopied(await make(`kind.${suffix}`, [...MP3, ...args]), workshop);
		}
	});

	test.for(["mp3", "avi", "mkv"])("keeps its checksums: %s", async (suffix, { workshop }) => {
		const source = mp3WithChecksums();
		const input = suffix === "mp3" ? source : remuxed(`checksums.${suffix}`, source);
		const { path, header } = await expectCopied(await input, workshop);
		const bytes = await readFile(path);
		// The bit that says that there is none.
		expect((bytes[1] ?? 0) & 1).toBe(1);
		expect((bytes.at(-header.sizeBytes + header.frame.sizeBytes + 1) ?? 0) & 1).toBe(
			suffix === "mkv" ? 1 : 0,
		);
	});

	test("is told as long as its own header told", async ({ workshop }) => {
		const input = await mp3();
		const { header } = await expectCopied(input, workshop);
		const own = readInfoHeader(await readFile(input));
		const { delaySamples, paddingSamples, frames, durationSeconds } = header;
		expect(own).toMatchObject({ delaySamples, paddingSamples, frames, durationSeconds });
		expect(delaySamples).toBe(576);
	});

	test.for([
		["an end that is cut", () => mkvWithMp3(), true],
		["nothing", () => video("mp3.avi", MP3), false],
	] as const)(
		"is told no delay but its container's, which tells of %s",
		async ([, make, isTold], { workshop }) => {
			const { header } = await expectCopied(await make(), workshop);
			expect(header.delaySamples + header.paddingSamples > 0).toBe(isTold);
		},
	);

	test("gets a header whose sizes, checksums and seek table are right", async ({ workshop }) => {
		const input = await video("varying.mkv", [...MP3, "-q:a", "4"]);
		const { path, header } = await expectCopied(input, workshop);
		const bytes = await readFile(path);
		const at = (field: keyof typeof INFO_FIELDS) =>
			infoOffset(header.frame.format) + INFO_FIELDS[field];
		expect(bytes.toString("latin1", at("flags") - 4, at("flags"))).toBe("Xing");
		expect(header.sizeBytes).toBe(bytes.length);
		expect(bytes.readUInt32BE(at("musicLength"))).toBe(bytes.length);
		expect(bytes.readUInt16BE(at("musicCrc"))).toBe(crc16(bytes.subarray(header.frame.sizeBytes)));
		expect(bytes.readUInt16BE(at("tagCrc"))).toBe(crc16(bytes.subarray(0, at("tagCrc"))));
		const seekTable = [...bytes.subarray(at("seekTable"), at("seekTable") + 100)];
		expect(seekTable).toEqual(seekTable.toSorted((a, b) => a - b));
		expect(seekTable[50]).toBeGreaterThan(100);
		expect(seekTable[50]).toBeLessThan(156);
	});

	test("keeps a header from where it came as the silence that it is", async ({ workshop }) => {
		// Of two headers ffmpeg reads the first and hands on the second, if it looks like any frame.
		const twice = bytesOf("two-headers.mp3", sound("a.mp3", MP3), (bytes) => {
			const header = readInfoHeader(bytes) ?? expect.fail("no header");
			const rest = bytes.subarray(header.offset);
			const first = Buffer.from(rest.subarray(0, header.frame.sizeBytes));
			rest[3] = rest[header.frame.sizeBytes + 3] ?? 0;
			return Buffer.concat([first, rest]);
		});
		const input = await remuxed("header-inside.avi", twice);
		const { path, header } = await expectCopied(input, workshop);
		const bytes = await readFile(path);
		const inside = readInfoHeader(bytes.subarray(header.frame.sizeBytes));
		expect(header.frames).toBe((inside?.frames ?? 0) + 1);
	});

	test.for([188, 1])(
		"may begin in the middle, where its first frames are not whole: TS from any %i bytes on",
		async (unit, { workshop }) => {
			const input = await bytesOf(`middle-${unit}.ts`, video("mp3.ts", MP3), (bytes) =>
				bytes.subarray(Math.floor(bytes.length / 3 / unit) * unit),
			);
			await expectCopied(input, workshop);
		},
	);

	test("may begin in the middle, with padding at its end: Matroska", async ({ workshop }) => {
		const before = ["-ss", "1"];
		const input = await remuxed("middle.mkv", video("mp3.mkv", [...MP3, "-g", "5"]), { before });
		const { path, encoding } = await mp3Of(input, workshop);
		expect(encoding).toBe("copy");
		const { samples } = await hear(input);
		expect(await samplesOf(path, 0, samples)).toBe(await samplesOf(input));
		// Nothing fits before its first frame, so the padding is played.
		expect((await hear(path)).samples - samples).toBeLessThan(1152);
	});

	test("is cut where its container says that the encoder's delay ends: Matroska", async ({
		workshop,
	}) => {
		const delaySeconds = 0.025;
		const input = await bytesOf("delay.mkv", video("mp3.mkv", MP3), (bytes) => {
			// In place of the sound's language: "CodecDelay", in nanoseconds.
			const language = Buffer.from("22b59c83756e64", "hex");
			const delay = Buffer.from("56aa8400000000", "hex");
			delay.writeUInt32BE(delaySeconds * 1e9, 3);
			return Buffer.concat([
				bytes.subarray(0, bytes.lastIndexOf(language)),
				delay,
				bytes.subarray(bytes.lastIndexOf(language) + language.length),
			]);
		});
		const { path, encoding, header } = await mp3Of(input, workshop);
		expect(encoding).toBe("copy");
		const delaySamples = delaySeconds * header.sampleRateHz;
		expect((await hear(path)).samples).toBe((await hear(input)).samples - delaySamples);
		expect(await samplesOf(path)).toBe(await samplesOf(input, 0, undefined, delaySamples));
	});
});

describe.concurrent("MP3 beside a picture", () => {
	const late = (seconds: number) => ({ bangs: BANGS_SECONDS.map((bang) => bang + seconds) });

	test.for(["mp4", "mkv", "flv", "ts", "mpg", "wmv"])(
		"is encoded where it begins late, with the silence before it: %s",
		async (suffix, { workshop }) => {
			const input = await video(`late-mp3.${suffix}`, MP3_44, { soundLate: LATE_BY_SECONDS });
			const { encoding } = await expectFaithful(input, workshop, late(LATE_BY_SECONDS));
			expect(encoding).toBe("vbr");
		},
	);

	const shifted = (suffix: string, seconds: number) => {
		const shift = `setts=ts=if(gt(N\\,60)\\,TS+${seconds}/TB\\,TS)`;
		return remuxed(`gap-${seconds}.${suffix}`, video(`mp3.${suffix}`, MP3_44), {
			after: ["-bsf:a", shift],
		});
	};
	/** The sixty-first frame begins here. */
	const gapSeconds = (61 * 1152) / 44_100;

	test.for(["mp4", "mkv", "flv", "ts", "wmv"])(
		"is encoded where it pauses, with silence in the gap: %s",
		async (suffix, { workshop }) => {
			const input = await shifted(suffix, 1);
			const { path, encoding } = await mp3Of(input, workshop);
			expect(encoding).toBe("vbr");
			const { bangs } = await hear(path);
			const expected = BANGS_SECONDS.map((bang) => (bang > gapSeconds ? bang + 1 : bang));
			const apart = expected.map((bang, index) => Math.abs(bang - (bangs[index] ?? 0)));
			expect(Math.max(...apart)).toBeLessThan(0.05);
		},
	);

	test.for(["mkv", "flv"])(
		"is copied where its times are off by less than anybody hears: %s",
		async (suffix, { workshop }) => {
			await expectCopied(await shifted(suffix, 0.05), workshop);
		},
	);

	test("is copied where a cut leaves out what an MP3 can tell", async ({ workshop }) => {
		const source = video("mp3-gop.mp4", [...MP3, "-g", "50"]);
		const input = await remuxed("short-cut-mp3.mp4", source, { before: ["-ss", "0.06"] });
		const { header } = await expectCopied(input, workshop);
		expect(header.delaySamples).toBeGreaterThan(2 * 1152);
	});

	test("is encoded where something is left out in the middle: MP4 with two edits", async ({
		workshop,
	}) => {
		const input = await bytesOf("two-edits.mp4", video("mp3.mp4", MP3), (bytes) => {
			const list = bytes.lastIndexOf("elst") - 4;
			const edits = Buffer.alloc(24);
			// A second from the start on, and one from two seconds on.
			for (const [index, time] of [1105, 96_000].entries()) {
				edits.writeUInt32BE(1000, 12 * index);
				edits.writeUInt32BE(time, 12 * index + 4);
				edits.writeUInt32BE(0x10000, 12 * index + 8);
			}
			bytes.writeUInt32BE(2, list + 12);
			for (const type of ["moov", "trak", "edts", "elst"]) {
				const box = bytes.lastIndexOf(type) - 4;
				bytes.writeUInt32BE(bytes.readUInt32BE(box) + 12, box);
			}
			return Buffer.concat([bytes.subarray(0, list + 16), edits, bytes.subarray(list + 28)]);
		});
		const { encoding, header } = await mp3Of(input, workshop);
		expect(encoding).toBe("vbr");
		expect(header.durationSeconds).toBeCloseTo((await hear(input)).seconds, 1);
		expect(header.durationSeconds).toBeCloseTo(2, 0);
	});

	test("is encoded where a cut leaves more out than an MP3 can tell", async ({ workshop }) => {
		const before = ["-ss", "1"];
		const input = await remuxed("cut-mp3.mp4", video("mp3.mp4", [...MP3, "-g", "50"]), { before });
		const { encoding, header } = await mp3Of(input, workshop);
		expect(encoding).toBe("vbr");
		expect(header.durationSeconds).toBeCloseTo((await hear(input)).seconds, 1);
	});
});

describe.concurrent("what is not MP3 all through", () => {
	test.for(["mp4", "ts", "mpg", "avi", "mkv"])(
		"is encoded where it is Layer II: %s",
		async (suffix, { workshop }) => {
			const { encoding } = await mp3Of(await video(`mp2.${suffix}`, ["-c:a", "mp2"]), workshop);
			expect(encoding).toBe("vbr");
		},
	);

	test("is encoded where its rate changes on the way: TS", async ({ workshop }) => {
		const parts = [
			sound("before.ts", [...MP3, "-ar", "44100"]),
			sound("after.ts", [...MP3, "-ar", "48000", "-output_ts_offset", "3.03"]),
		];
		const { encoding, header } = await mp3Of(await bytesOf("changing.ts", parts), workshop);
		expect(encoding).toBe("vbr");
		expect(header.durationSeconds).toBeCloseTo(6, 0);
	});

	test("is never put together: frames of two sample rates", async ({ directory }) => {
		await using file = await open(join(directory, "mixed.mp3"), "w");
		const mp3 = new CopiedMp3(file, { startSamples: 0, endSamples: 0 });
		for (const [rate, isCopied] of [
			["44100", true],
			["48000", false],
		] as const) {
			const source = await sound(`${rate}.mp3`, [...WITHOUT_XING, "-ar", rate]);
			const adding = async () => {
				const bytes = Readable.from([await mp3FramesOf(source)]);
				for await (const frames of cutFrames(bytes)) await mp3.add(frames);
			};
			if (isCopied) await adding();
			else await expect(adding()).rejects.toThrow(NotCopied);
		}
	});

	test.for(["mp3", "mkv", "avi", "ts"])(
		"is encoded or refused with garbage between its frames, never our fault: %s",
		async (suffix, { workshop }) => {
			const make = suffix === "mp3" ? sound : video;
			const input = await bytesOf(`garbage.${suffix}`, make(`g.${suffix}`, MP3), (bytes) => {
				const middle = bytes.length >> 1;
				return bytes.fill(0xff, middle, middle + 3000);
			});
			const result = await tryMp3Of(input, workshop);
			if (result.ok) expect(result.value.header.durationSeconds).toBeGreaterThan(2.5);
			else expect(result.code).toBe("corrupt_input");
		},
	);
});
