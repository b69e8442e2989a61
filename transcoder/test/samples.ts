import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * A checksum of the samples that a player would play of one of a file's sounds. In doubles, which
 * hold every format's samples exactly.
 * @param count of samples that are looked at; the default is all.
 */
export async function samplesOf(path: string, sound = 0, count?: number): Promise<string> {
	const part = count === undefined ? [] : ["-af", `atrim=end_sample=${count}`];
	const args = [
		"-v",
		"error",
		"-i",
		path,
		"-map",
		`0:a:${sound}`,
		...part,
		"-c:a",
		"pcm_f64le",
		"-f",
		"md5",
		"-",
	];
	return (await promisify(execFile)("ffmpeg", args)).stdout;
}
