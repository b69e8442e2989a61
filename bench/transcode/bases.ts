import { join } from "node:path";
import { makeMedia } from "./make-media.ts";

/**
 * Two minutes from which videos of any length are made by repeating them, without encoding again:
 * a picture of noise, which no encoder makes small, at 1.5 Mbit/s, and music-like sound.
 */
export type Bases = { picture: string; wave: string; aac: string };

const BASE_SECONDS = 120;

/** Of a video that is made of them: picture, sound and what the container adds. */
export const SAMPLE_BYTES_PER_SECOND = 215_000;

export async function makeBases(directory: string): Promise<Bases> {
	const inDirectory = (name: string) => join(directory, name);
	const noise = `testsrc2=size=320x180:rate=25:duration=${BASE_SECONDS},noise=alls=80:allf=t`;
	const picture = await makeMedia(inDirectory("picture.mkv"), [
		...["-f", "lavfi", "-i", noise, "-pix_fmt", "yuv420p"],
		...["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "1500k"],
	]);
	const music = `aevalsrc='${side(220, 0.37, 0)}|${side(331, 0.53, 1)}':s=44100:d=${BASE_SECONDS}`;
	const wave = await makeMedia(inDirectory("music.wav"), ["-f", "lavfi", "-i", music]);
	const encode = ["-c:a", "aac", "-b:a", "160k"];
	const aac = await makeMedia(inDirectory("music.aac"), ["-i", wave, ...encode]);
	return { picture, wave, aac };
}

/** The picture again and again, as ffmpeg's arguments have an input. */
export function repeatedPicture(picture: string): string[] {
	return ["-stream_loop", "-1", "-i", picture];
}

/** ADTS files put end to end are one: no gap, no overlap, no estimate of where one ends. */
export function repeatedSound(aac: string, seconds: number): string[] {
	const times = Math.ceil(seconds / BASE_SECONDS) + 1;
	return ["-i", `concat:${Array.from({ length: times }, () => aac).join("|")}`];
}

/** A chord with vibrato, swelling, and percussion. */
function side(hz: number, beatSeconds: number, seed: number): string {
	const chord = [1, 1.26, 1.498, 3.001].map(
		(ratio) => `0.1*sin(2*PI*${hz * ratio}*t+2*sin(2*PI*5*t))`,
	);
	const percussion = `0.1*random(${seed})*exp(-8*mod(t,${beatSeconds}))`;
	return `(${chord.join("+")})*(0.6+0.4*sin(2*PI*1.5*t))+${percussion}`;
}
