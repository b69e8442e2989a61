import { spawn } from "node:child_process";
import { FFMPEG } from "./command.ts";

export const SAMPLE_RATE_HZ = 44_100;

/** A file's sound as stereo samples, left and right in turn. */
export async function decode(path: string): Promise<Float32Array> {
	const pcm = ["-vn", "-f", "f32le", "-ar", String(SAMPLE_RATE_HZ), "-ac", "2", "-"];
	const decoder = spawn(FFMPEG, ["-v", "error", "-i", path, ...pcm], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const chunks: Buffer[] = [];
	for await (const chunk of decoder.stdout) chunks.push(chunk);
	const bytes = Buffer.concat(chunks);
	return new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4));
}
