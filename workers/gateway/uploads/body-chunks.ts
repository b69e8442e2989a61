import { READ_BYTES } from "../limits.ts";

/** A piece of a request body, or the news that its sender has gone. */
export type BodyChunk = { type: "chunk"; bytes: Uint8Array } | { type: "interrupted" };

/**
 * Reads a body at the pace of whoever iterates. After `interrupted` it ends. Whoever stops early
 * leaves the rest to `drainBody`: cancelling it would break the connection before the answer.
 *
 * Into buffers of our own, as the runtime's have 4 KiB: what an upload costs is JavaScript by the
 * piece (docs/decisions/020-large-reads.md). Each piece has its own, so that a parser may keep it.
 */
export async function* readChunks(
	body: ReadableStream<Uint8Array>,
): AsyncGenerator<BodyChunk, void> {
	const reader = body.getReader({ mode: "byob" });
	try {
		while (true) {
			let result: ReadableStreamReadResult<Uint8Array>;
			try {
				result = await reader.read(new Uint8Array(READ_BYTES));
			} catch {
				yield { type: "interrupted" };
				return;
			}
			if (result.done) return;
			yield { type: "chunk", bytes: result.value };
		}
	} finally {
		reader.releaseLock();
	}
}
