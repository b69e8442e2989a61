import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { planAudioOnly } from "../mp4/audio-only.ts";
import { boxesIn } from "../mp4/boxes.ts";
import { make, write } from "./media.ts";

/**
 * Files as the world has them: many codecs and containers around one sound, whose bangs tell
 * where everything is.
 */

const SIGNAL_SECONDS = 3;
/** When the bangs begin. No two are equally far apart, so none is taken for another. */
export const BANGS_SECONDS = [0.2, 0.55, 0.95, 1.4, 1.9, 2.45];

/** A quiet tone, in which a dropout would show, and bangs. */
function signal(): Promise<string> {
	const bangs = BANGS_SECONDS.map(
		(at) => `between(t,${at},${at}+0.08)*0.6*exp(-30*min(1,abs(t-${at})))*sin(2*PI*1000*(t-${at}))`,
	);
	const sum = ["0.04*sin(2*PI*330*t)", ...bangs].join("+");
	return make("signal.wav", ["-f", "lavfi", "-i", `aevalsrc='${sum}':s=48000:d=${SIGNAL_SECONDS}`]);
}

/** The signal alone. The codec follows from the name, if nothing else is said. */
export const sound = async (name: string, args: readonly string[] = []) =>
	make(name, ["-i", await signal(), ...args]);

const PICTURE = ["-f", "lavfi", "-i", `testsrc=size=128x96:rate=25:duration=${SIGNAL_SECONDS}`];
const H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];
/** By the file's suffix. */
const PICTURE_CODECS: Readonly<Record<string, readonly string[]>> = {
	webm: ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"],
	mpg: ["-c:v", "mpeg1video"],
	vob: ["-c:v", "mpeg2video"],
	wmv: ["-c:v", "wmv2"],
	flv: ["-c:v", "flv1"],
	avi: ["-c:v", "mpeg4"],
	"3gp": ["-c:v", "h263"],
	ogv: ["-c:v", "libtheora"],
};

/** The signal beside a picture; either may start late. */
export async function video(
	name: string,
	args: readonly string[],
	{ soundLate = 0, pictureLate = 0 } = {},
): Promise<string> {
	const late = (seconds: number) => ["-itsoffset", String(seconds)];
	const inputs = [...late(pictureLate), ...PICTURE, ...late(soundLate), "-i", await signal()];
	const codec = PICTURE_CODECS[name.slice(name.lastIndexOf(".") + 1)] ?? H264;
	return make(name, [...inputs, "-map", "0:v", "-map", "1:a", ...codec, ...args]);
}

/** The same streams in another file. */
export async function remuxed(
	name: string,
	source: Promise<string>,
	{ before = [], after = [] }: { before?: string[]; after?: string[] } = {},
): Promise<string> {
	return make(name, [...before, "-i", await source, "-c", "copy", ...after]);
}

/** A file made of others, byte by byte. */
export async function bytesOf(
	name: string,
	source: Promise<string> | Promise<string>[],
	change: (bytes: Buffer) => Uint8Array = (bytes) => bytes,
): Promise<string> {
	const paths = await Promise.all([source].flat());
	const files = await Promise.all(paths.map((path) => readFile(path)));
	return write(name, change(Buffer.concat(files)));
}

/** A full-scale tone, the same in as many channels as there are: the most that a mix can come to. */
export const loudTone = (
	name: string,
	layout: string,
	channels: number,
	args: readonly string[] = [],
) => {
	const tones = Array.from({ length: channels }, () => "0.999*sin(2*PI*400*t)").join("|");
	return make(name, ["-f", "lavfi", "-i", `aevalsrc='${tones}':s=48000:d=1:c=${layout}`, ...args]);
};

/** Sound of so many samples. */
export const tinySound = (name: string, samples: number, args: readonly string[] = []) =>
	make(name, [
		"-f",
		"lavfi",
		"-i",
		"aevalsrc=0.5*sin(2*PI*400*t):s=48000",
		"-af",
		`atrim=end_sample=${samples}`,
		...args,
	]);

export const silence = () =>
	make("silence.m4a", ["-f", "lavfi", "-i", "anullsrc=r=44100", "-t", "1", "-c:a", "aac"]);

/** What fetch-source.ts makes of an MP4 of which it fetches the sound alone. */
export async function soundAloneOf(name: string, source: Promise<string>): Promise<string> {
	return bytesOf(name, source, (bytes) => {
		const boxes = boxesIn(bytes, 0, bytes.length) ?? [];
		const [ftyp, moov, mdat] = ["ftyp", "moov", "mdat"].map((type) =>
			boxes.find((box) => box.type === type),
		);
		if (!ftyp || !moov || !mdat) throw new Error("no MP4");
		const index = {
			ftyp: bytes.subarray(ftyp.start, ftyp.end),
			moov: bytes.subarray(moov.start, moov.end),
			media: [{ offset: mdat.body, sizeBytes: mdat.end - mdat.body }],
		};
		const plan = planAudioOnly(index, 0);
		if ("surprise" in plan) throw new Error(plan.surprise);
		const chunks = [...plan.packing.pick(bytes, 0)].flatMap(({ parts }) => parts);
		return Buffer.concat([plan.header, ...chunks]);
	});
}

/** Recorded with Debian's libavcodec-extra: without it ffmpeg cannot write AMR. */
const recorded = (name: string) => join(import.meta.dirname, "fixtures", name);
export const amrNarrow = async () => recorded("amr-nb.3gp");
export const amrWide = async () => recorded("amr-wb.3gp");
/** Made by `lame -p`: ffmpeg has no option for it. */
export const mp3WithChecksums = async () => recorded("crc.mp3");
