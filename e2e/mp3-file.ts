import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as z from "zod";
import { playedSeconds } from "../local/ffmpeg.ts";

const run = promisify(execFile);

const probed = z.object({
	streams: z.array(
		z.object({
			codec_name: z.string(),
			sample_rate: z.coerce.number(),
			channels: z.number(),
		}),
	),
	format: z.object({ format_name: z.string() }),
});

export interface Mp3File {
	container: string;
	codec: string;
	/** Of the sound, without the silence that MP3 encoders put around it: what players play. */
	durationSeconds: number;
	sampleRateHz: number;
	channels: number;
	/** The tag in the first frame that makes seeking and gapless play right. */
	hasXingHeader: boolean;
}

/** What an independent reader (ffmpeg) makes of these bytes. */
export async function inspectMp3(bytes: Uint8Array): Promise<Mp3File> {
	const dir = await mkdtemp(join(tmpdir(), "earshot-mp3-"));
	try {
		const path = join(dir, "file.mp3");
		await writeFile(path, bytes);
		const args = ["-v", "error", "-show_streams", "-show_format", "-of", "json", path];
		const { stdout } = await run("ffprobe", args);
		const { streams, format } = probed.parse(JSON.parse(stdout));
		const [stream] = streams;
		if (stream === undefined) throw new Error("no stream");
		return {
			container: format.format_name,
			codec: stream.codec_name,
			durationSeconds: await playedSeconds(path),
			sampleRateHz: stream.sample_rate,
			channels: stream.channels,
			hasXingHeader: /Xing|Info/.test(Buffer.from(bytes.subarray(0, 512)).toString("latin1")),
		};
	} finally {
		await rm(dir, { recursive: true, force: true });
	}
}
