import type { VideoMessage } from "#contracts/video-message.ts";
import { type Interruption, type ResponseHead, streamedGet } from "../http/streamed-get.ts";
import { type Failure, failed, type Result, succeeded } from "../job/result.ts";
import { type Surprise, surprise } from "../mp4/surprise.ts";
import type { Pacing } from "../pacing.ts";
import type { ByteRange } from "./byte-range.ts";
import { refused } from "./refused.ts";
import { retryInterrupted } from "./retry-interrupted.ts";

/**
 * Parts of one object, by ranged GETs. Every part is of the object that the first answer was of
 * (`If-Match`), and exactly the part that was asked for. A server that does not play along is a
 * surprise, after which the object can still be read as a whole.
 */
export type RangeReader = {
	/**
	 * `keep` gets the bytes as they come, with their position in the range; after an interruption
	 * they come again from the start. The first range has to be read alone: it names the object.
	 */
	read: (range: ByteRange, keep: Keep, signal: AbortSignal) => Promise<Result<void> | Surprise>;
	/** What was asked for and what has come, over all tries. */
	traffic: { requests: number; bytes: number };
};

export type Keep = (bytes: Uint8Array, position: number) => Promise<void> | void;

export function createRangeReader(source: VideoMessage["source"], pacing: Pacing): RangeReader {
	const traffic = { requests: 0, bytes: 0 };
	let pinned: string | undefined;

	const examine = ({ status, headers }: ResponseHead, range: ByteRange) => {
		if (status === 404) return failed("source_missing", "the source is not there");
		if (status === 200 || status === 416) return surprise(`a range answered ${status}`);
		if (status !== 206) {
			return refused(source.url, headers, `a part of the source was refused with ${status}`);
		}
		const { offset, sizeBytes } = range;
		const contentRange = `bytes ${offset}-${offset + sizeBytes - 1}/${source.sizeBytes}`;
		if (headers.get("content-range") !== contentRange) return surprise("another range");
		const length = headers.get("content-length");
		if (length !== null && Number(length) !== sizeBytes) return surprise("another length");
		const encoding = headers.get("content-encoding");
		if (encoding !== null && encoding !== "identity") return surprise("an encoded range");
		const etag = headers.get("etag");
		if (etag === null) return surprise("a range without ETag");
		pinned ??= etag;
		if (etag !== pinned) return failed("storage_unavailable", "the source changed meanwhile");
		return undefined;
	};

	const readOnce = async (
		range: ByteRange,
		keep: Keep,
		signal: AbortSignal,
	): Promise<Result<void> | Surprise | Interruption> => {
		const { offset, sizeBytes } = range;
		let received = 0;
		traffic.requests++;
		const stopped = await streamedGet<Failure | Surprise>(
			{
				url: source.url,
				headers: {
					range: `bytes=${offset}-${offset + sizeBytes - 1}`,
					...(pinned !== undefined && { "if-match": pinned }),
				},
				onHead: (head) => examine(head, range),
				onBytes: async (bytes) => {
					traffic.bytes += bytes.length;
					if (received + bytes.length > sizeBytes) return surprise("a range too long");
					await keep(bytes, received);
					received += bytes.length;
					return undefined;
				},
			},
			signal,
		);
		if (stopped) return stopped;
		return received === sizeBytes
			? succeeded(undefined)
			: { interrupted: "a range ended early", retryAfterMs: 0 };
	};

	return {
		traffic,
		read: (range, keep, signal) =>
			retryInterrupted(() => readOnce(range, keep, signal), pacing, signal),
	};
}
