/** A piece of a request body, or the news that its sender has gone. */
export type BodyChunk = { type: "chunk"; bytes: Uint8Array } | { type: "interrupted" };

/**
 * Reads a body at the pace of whoever iterates. After `interrupted` it ends. Whoever stops early
 * leaves the rest to `drainBody`: cancelling it would break the connection before the answer.
 */
export async function* readChunks(
	body: ReadableStream<Uint8Array>,
): AsyncGenerator<BodyChunk, void> {
	const reader = body.getReader();
	try {
		while (true) {
			let result: ReadableStreamReadResult<Uint8Array>;
			try {
				result = await reader.read();
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
