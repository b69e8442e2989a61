/*
 * Bodies to send: bytes, and what may happen to them on their way. Streams are of bytes, as those
 * that come over the network are.
 */

/** Bytes whose every position is told apart, so that a swapped or lost part shows. */
export function bytesOf(size: number): Uint8Array<ArrayBuffer> {
	const words = new Uint32Array(Math.ceil(size / 4)).map((_, index) => index * 2_654_435_761);
	return new Uint8Array(words.buffer, 0, size);
}

/** Breaks off after its bytes, as when the connection is lost. */
export function broken(bytes: Uint8Array): ReadableStream {
	let isFirst = true;
	return new ReadableStream({
		type: "bytes",
		pull(controller) {
			if (isFirst) controller.enqueue(bytes.slice());
			else controller.error(new Error("connection reset"));
			isFirst = false;
		},
	});
}

/** Comes bit by bit. */
export function inPieces(bytes: Uint8Array, size: number): ReadableStream {
	let sentBytes = 0;
	return new ReadableStream({
		type: "bytes",
		pull(controller) {
			if (sentBytes >= bytes.byteLength) return controller.close();
			controller.enqueue(bytes.slice(sentBytes, sentBytes + size));
			sentBytes += size;
		},
	});
}

/** Comes in two pieces, the second one when it is let go. */
export function heldBack(first: Uint8Array, second: Uint8Array) {
	const [read, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
	let isFirst = true;
	const body = new ReadableStream({
		type: "bytes",
		async pull(controller) {
			if (isFirst) {
				isFirst = false;
				return controller.enqueue(first.slice());
			}
			// Asked for more: the first piece has been taken.
			read.resolve();
			await held.promise;
			controller.enqueue(second.slice());
			controller.close();
		},
	});
	return { body, isRead: read.promise, letGo: held.resolve };
}
