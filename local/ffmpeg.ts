import { execFile, spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";

const run = promisify(execFile);

const ffmpegPath = () => process.env["FFMPEG_PATH"] ?? "ffmpeg";

function ffprobePath(): string {
	const { FFPROBE_PATH, FFMPEG_PATH } = process.env;
	return (
		FFPROBE_PATH ?? (FFMPEG_PATH?.includes("/") ? join(dirname(FFMPEG_PATH), "ffprobe") : "ffprobe")
	);
}

const probed = z.object({
	format: z.object({ duration: z.coerce.number(), bit_rate: z.coerce.number().optional() }),
});

/** A file's duration, as ffprobe reads it. */
export async function durationSeconds(path: string): Promise<number> {
	const args = ["-v", "error", "-show_format", "-of", "json", path];
	const { stdout } = await run(ffprobePath(), args);
	return probed.parse(JSON.parse(stdout)).format.duration;
}

const PCM_RATE_HZ = 8_000;

/**
 * How long a file's sound plays, by decoding it. An MP3's header counts the silence that encoders
 * put around the sound as well.
 */
export async function playedSeconds(path: string): Promise<number> {
	const pcm = ["-f", "s16le", "-ac", "1", "-ar", String(PCM_RATE_HZ), "pipe:1"];
	const decoder = spawn(ffmpegPath(), ["-v", "error", "-i", path, ...pcm], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let bytes = 0;
	for await (const chunk of decoder.stdout) bytes += chunk.length;
	return bytes / 2 / PCM_RATE_HZ;
}

/** Makes a 30 s video with a small piece of stereo music: an arpeggio left, its echo right. */
export async function makeSampleVideo(path: string): Promise<void> {
	// Eight notes of a C major seventh chord, two a second, each fading out.
	const semitones = "st(0,mod(floor(2*t),8));st(1,ld(0)*4-eq(mod(ld(0),2),1))";
	const note = (delay: number) =>
		`${semitones.replaceAll("t)", `(t-${delay}))`)};0.4*exp(-3*mod(t-${delay},0.5))*sin(2*PI*261.63*pow(2,ld(1)/12)*(t-${delay}))`;
	await run(ffmpegPath(), [
		...["-v", "error", "-y"],
		...["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=30"],
		...["-f", "lavfi", "-i", `aevalsrc='${note(0)}|${note(0.125)}':s=44100:d=30`],
		...["-c:v", "mpeg4", "-q:v", "6", "-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart"],
		path,
	]);
}
