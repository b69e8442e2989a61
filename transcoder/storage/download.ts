import { type FileHandle, open } from "node:fs/promises";
import type { VideoMessage } from "#contracts/video-message.ts";
import { type Interruption, type ResponseHead, streamedGet } from "../http/streamed-get.ts";
import { type Failure, failed, type Result, succeeded } from "../job/result.ts";
import type { Pacing } from "../pacing.ts";
import type { GrowingFile } from "./growing-file.ts";
import { refused } from "./refused.ts";
import { retryInterrupted } from "./retry-interrupted.ts";
import { writeAt } from "./write-at.ts";

/**
 * The uploaded video, from its presigned URL to a local file. A transfer that breaks goes on where
 * it broke (`Range`), and only in the very same object (`If-Match`).
 */

type Transfer = {
	readonly source: VideoMessage["source"];
	readonly file: FileHandle;
	readonly onProgress: (fraction: number) => void;
	readonly growing: GrowingFile | undefined;
	receivedBytes: number;
	etag: string | null;
};

type DownloadTools = {
	onProgress: (fraction: number) => void;
	pacing: Pacing;
	/** Is told what is there, for those who do not want to wait. */
	growing?: GrowingFile | undefined;
};

export async function downloadSource(
	source: VideoMessage["source"],
	path: string,
	{ onProgress, pacing, growing }: DownloadTools,
	signal: AbortSignal,
): Promise<Result<void>> {
	await using file = await open(path, "wx");
	const transfer: Transfer = { source, file, onProgress, growing, receivedBytes: 0, etag: null };
	return await retryInterrupted(() => continueTransfer(transfer, signal), pacing, signal);
}

/** One request for all that is still missing. */
async function continueTransfer(
	transfer: Transfer,
	signal: AbortSignal,
): Promise<Result<void> | Interruption> {
	const get = {
		url: transfer.source.url,
		headers: resumption(transfer),
		onHead: (head: ResponseHead) => examine(head, transfer),
		onBytes: (bytes: Uint8Array) => keep(bytes, transfer),
	};
	const stopped = await streamedGet(get, signal);
	if (stopped) return stopped;
	return transfer.receivedBytes === transfer.source.sizeBytes
		? succeeded(undefined)
		: { interrupted: "the transfer ended early", retryAfterMs: 0 };
}

function resumption({ receivedBytes, etag }: Transfer): Record<string, string> {
	if (receivedBytes === 0 || etag === null) return {};
	return { range: `bytes=${receivedBytes}-`, "if-match": etag };
}

/** Checks the head of an answer and says from where its body counts; or why it cannot be used. */
function examine({ status, headers }: ResponseHead, transfer: Transfer): Failure | undefined {
	if (status === 404) return failed("source_missing", "the source is not there");
	if (status !== 200 && status !== 206) {
		return refused(transfer.source.url, headers, `the source was refused with ${status}`);
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
	const { file, source, onProgress, growing } = transfer;
	if (transfer.receivedBytes + chunk.length > source.sizeBytes) {
		return failed("storage_unavailable", "the source is larger than its message says");
	}
	await writeAt(file, chunk, transfer.receivedBytes);
	transfer.receivedBytes += chunk.length;
	growing?.grow(transfer.receivedBytes);
	onProgress(transfer.receivedBytes / source.sizeBytes);
	return undefined;
}
