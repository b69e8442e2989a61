import type { VideoMessage } from "#contracts/video-message.ts";
import { answerText } from "../http/call.ts";
import { callWithRetries, type RetryRules } from "../http/retry.ts";
import { type Result, succeeded } from "../job/result.ts";
import { UPLOAD_TIMEOUT_MS } from "../limits.ts";
import type { Pacing } from "../pacing.ts";
import { refused } from "./refused.ts";

const RETRY: RetryRules = { tries: 6, baseMs: 500, capMs: 10_000 };

/**
 * The MP3, to its presigned URL. A PUT replaces, so it may be repeated.
 * @param mp3 on disk, and read from there as it is sent. Unlike a stream it gives the request a
 *   Content-Length, without which S3 refuses it.
 */
export async function uploadTarget(
	target: VideoMessage["target"],
	mp3: Blob,
	pacing: Pacing,
	signal: AbortSignal,
): Promise<Result<void>> {
	const put = {
		method: "PUT",
		url: target.url,
		headers: target.headers,
		body: mp3,
		timeoutMs: UPLOAD_TIMEOUT_MS,
	} as const;
	const answer = await callWithRetries(put, RETRY, pacing, signal);
	if (answer.type === "answered" && answer.status >= 200 && answer.status < 300) {
		return succeeded(undefined);
	}
	// A server that refuses a large body may hang up before its answer is read.
	const headers = answer.type === "answered" ? answer.headers : undefined;
	return refused(target.url, headers, `the MP3 was not stored: ${answerText(answer)}`);
}
