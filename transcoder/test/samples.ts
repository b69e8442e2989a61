import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * A checksum of the samples that a player would play of a file's first sound. In doubles, which
 * hold every format's samples exactly.
 */
export async function samplesOf(path: string): Promise<string> {
	const args = ["-v", "error", "-i", path, "-map", "0:a:0", "-c:a", "pcm_f64le", "-f", "md5", "-"];
	return (await promisify(execFile)("ffmpeg", args)).stdout;
}
