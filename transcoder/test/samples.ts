import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * A checksum of the samples that a player would play of one of a file's sounds. In doubles, which
 * hold every format's samples exactly.
 * @param count of samples that are looked at; the default is all.
 * @param first of them.
 */
export async function samplesOf(
	path: string,
	sound = 0,
	count = Number.MAX_SAFE_INTEGER,
	first = 0,
): Promise<string> {
	const part = ["-af", `atrim=start_sample=${first}:end_sample=${first + count}`];
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

/** The frames of a file's MP3 sound, as they stand there. */
export async function mp3FramesOf(path: string): Promise<Buffer> {
	const args = ["-v", "error", "-i", path, "-map", "0:a:0", "-c:a", "copy", "-write_xing", "0"];
	const limits = { encoding: "buffer", maxBuffer: 100_000_000 } as const;
	const bare = [...args, "-id3v2_version", "0", "-f", "mp3", "-"];
	return (await promisify(execFile)("ffmpeg", bare, limits)).stdout;
}
