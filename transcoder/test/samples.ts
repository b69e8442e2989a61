import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * A checksum of the samples that a player would play of one of a file's sounds. In doubles, which
 * hold every format's samples exactly.
 */
export async function samplesOf(path: string, sound = 0): Promise<string> {
	const args = [
		"-v",
		"error",
		"-i",
		path,
		"-map",
		`0:a:${sound}`,
		"-c:a",
		"pcm_f64le",
		"-f",
		"md5",
		"-",
	];
	return (await promisify(execFile)("ffmpeg", args)).stdout;
}
