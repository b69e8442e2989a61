import type { LocalSecrets } from "./secrets.ts";

/** The transcoder's settings for the local stack: a queue's id is its name there. */
export function transcoderEnvironment(
	publicUrl: string,
	secrets: LocalSecrets,
	workDir: string,
): NodeJS.ProcessEnv {
	const { PATH, HOME, TMPDIR, FFMPEG_PATH, FFPROBE_PATH, CONCURRENCY } = process.env;
	const inherited = { PATH, HOME, TMPDIR, FFMPEG_PATH, FFPROBE_PATH, CONCURRENCY };
	return {
		...Object.fromEntries(Object.entries(inherited).filter(([, value]) => value !== undefined)),
		QUEUES_API_URL: `${publicUrl}/client/v4`,
		CLOUDFLARE_ACCOUNT_ID: "local",
		VIDEO_QUEUE_ID: "video",
		VIDEO_DLQ_ID: "video-dlq",
		MP3_QUEUE_ID: "mp3",
		QUEUES_API_TOKEN: secrets.QUEUES_API_TOKEN,
		WORK_DIR: workDir,
	};
}
