import { openAsBlob } from "node:fs";
import type { VideoMessage } from "#contracts/video-message.ts";
import { answerText } from "../http/call.ts";
import { callWithRetries, type RetryRules } from "../http/retry.ts";
import { failed, type Result, succeeded } from "../job/result.ts";
import { UPLOAD_TIMEOUT_MS } from "../limits.ts";
import type { Pacing } from "../pacing.ts";

const RETRY: RetryRules = { tries: 6, baseMs: 500, capMs: 10_000 };

/** The MP3, from a local file to its presigned URL. A PUT replaces, so it may be repeated. */
export async function uploadTarget(
	target: VideoMessage["target"],
	path: string,
	pacing: Pacing,
	signal: AbortSignal,
): Promise<Result<void>> {
	const put = {
		method: "PUT",
		url: target.url,
		headers: target.headers,
		// Read from disk as it is sent; and unlike a stream it gives the request a Content-Length,
		// without which S3 refuses it.
		body: await openAsBlob(path),
		timeoutMs: UPLOAD_TIMEOUT_MS,
	} as const;
	const answer = await callWithRetries(put, RETRY, pacing, signal);
	if (answer.type === "answered" && answer.status >= 200 && answer.status < 300) {
		return succeeded(undefined);
	}
	return failed("storage_unavailable", `the MP3 was not stored: ${answerText(answer)}`);
}
