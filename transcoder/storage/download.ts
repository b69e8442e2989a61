import { type FileHandle, open } from "node:fs/promises";
import type { VideoMessage } from "#contracts/video-message.ts";
import { backoffMs } from "../backoff.ts";
import { errorText } from "../error-text.ts";
import { isPassing, retryAfterMs } from "../http/retry.ts";
import { type Failure, failed, type Result, succeeded } from "../job/result.ts";
import { DOWNLOAD_STALL_MS, DOWNLOAD_TRIES } from "../limits.ts";
import type { Pacing } from "../pacing.ts";

/**
 * The uploaded video, from its presigned URL to a local file. A transfer that breaks goes on where
 * it broke (`Range`), and only in the very same object (`If-Match`).
 */

const RETRY = { baseMs: 500, capMs: 10_000 };

type Transfer = {
	readonly source: VideoMessage["source"];
	readonly file: FileHandle;
	readonly onProgress: (fraction: number) => void;
	receivedBytes: number;
	etag: string | null;
};

type Interruption = { interrupted: string; retryAfterMs: number };

export async function downloadSource(
	source: VideoMessage["source"],
	path: string,
	{ onProgress, pacing }: { onProgress: (fraction: number) => void; pacing: Pacing },
	signal: AbortSignal,
): Promise<Result<void>> {
	await using file = await open(path, "wx");
	const transfer: Transfer = { source, file, onProgress, receivedBytes: 0, etag: null };
	for (let tries = 1; ; tries++) {
		const result = await continueTransfer(transfer, signal);
		if ("ok" in result) return result;
		if (tries >= DOWNLOAD_TRIES) return failed("storage_unavailable", result.interrupted);
		const pauseMs = Math.max(result.retryAfterMs, backoffMs(tries, RETRY, pacing.random));
		await pacing.sleep(pauseMs, signal);
	}
}

/** One request for all that is still missing. */
async function continueTransfer(
	transfer: Transfer,
	signal: AbortSignal,
): Promise<Result<void> | Interruption> {
	const ended = new AbortController();
	const stall = setTimeout(
		() => ended.abort(new Error("no byte came for too long")),
		DOWNLOAD_STALL_MS,
	);
	const interruption = (error: unknown): Interruption => {
		signal.throwIfAborted();
		return { interrupted: errorText(error), retryAfterMs: 0 };
	};
	try {
		const response = await fetch(transfer.source.url, {
			headers: { "accept-encoding": "identity", ...resumption(transfer) },
			redirect: "error",
			signal: AbortSignal.any([signal, ended.signal]),
		}).catch(interruption);
		if ("interrupted" in response) return response;

		const unusable = examine(response, transfer);
		if (unusable || !response.body) return unusable ?? interruption("the answer has no body");

		const reader = response.body.getReader();
		for (;;) {
			const read = await reader.read().catch(interruption);
			if ("interrupted" in read) return read;
			if (read.done) break;
			stall.refresh();
			const excess = await keep(read.value, transfer);
			if (excess) return excess;
		}
		return transfer.receivedBytes === transfer.source.sizeBytes
			? succeeded(undefined)
			: interruption("the transfer ended early");
	} finally {
		clearTimeout(stall);
		// Lets go of an answer that was not read to its end.
		ended.abort();
	}
}

function resumption({ receivedBytes, etag }: Transfer): Record<string, string> {
	if (receivedBytes === 0 || etag === null) return {};
	return { range: `bytes=${receivedBytes}-`, "if-match": etag };
}

/** Checks the head of an answer and says from where its body counts; or why it cannot be used. */
function examine(response: Response, transfer: Transfer): Failure | Interruption | undefined {
	const { status, headers } = response;
	if (isPassing(status)) {
		return { interrupted: `answered ${status}`, retryAfterMs: retryAfterMs(headers) };
	}
	if (status === 404) return failed("source_missing", "the source is not there");
	if (status !== 200 && status !== 206) {
		return failed("storage_unavailable", `the source was refused with ${status}`);
	}
	if (status === 200) {
		// The whole object: the first time, or because the server does not do ranges.
		transfer.receivedBytes = 0;
		transfer.etag = headers.get("etag");
	}
	const { receivedBytes, source } = transfer;
	const range = `bytes ${receivedBytes}-${source.sizeBytes - 1}/${source.sizeBytes}`;
	if (status === 206 && headers.get("content-range") !== range) {
		return failed("storage_unavailable", "the source came back with another range");
	}
	const length = headers.get("content-length");
	if (length !== null && Number(length) !== source.sizeBytes - receivedBytes) {
		return failed("storage_unavailable", "the source has another size than its message says");
	}
	return undefined;
}

async function keep(chunk: Uint8Array, transfer: Transfer): Promise<Failure | undefined> {
	const { file, source, onProgress } = transfer;
	if (transfer.receivedBytes + chunk.length > source.sizeBytes) {
		return failed("storage_unavailable", "the source is larger than its message says");
	}
	for (let written = 0; written < chunk.length; ) {
		const position = transfer.receivedBytes + written;
		const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position);
		written += bytesWritten;
	}
	transfer.receivedBytes += chunk.length;
	onProgress(transfer.receivedBytes / source.sizeBytes);
	return undefined;
}
