/**
 * Cuts a multipart body anew, so that no piece ends within a delimiter or its closing dashes (RFC
 * 2046, 5.1.1): multipasta 0.2.8 does not see the end of a form whose last read began between them.
 * Gives what can be parsed now; what may be the beginning of a delimiter comes with the next piece.
 */
export function wholeDelimiters(boundary: string): (piece: Uint8Array) => Uint8Array {
	const close = new TextEncoder().encode(`\r\n--${boundary}--`);
	let held = new Uint8Array();
	return (piece) => {
		const bytes = held.byteLength === 0 ? piece : Buffer.concat([held, piece]);
		const end = bytes.byteLength - beginningAtEnd(bytes, close);
		held = bytes.slice(end);
		return bytes.subarray(0, end);
	};
}

/** How many of the last bytes are the first ones of something, but not all of it. */
function beginningAtEnd(bytes: Uint8Array, something: Uint8Array): number {
	const most = Math.min(bytes.byteLength, something.byteLength - 1);
	for (let count = most; count > 0; count--) {
		const start = bytes.byteLength - count;
		if (something.subarray(0, count).every((byte, index) => byte === bytes[start + index])) {
			return count;
		}
	}
	return 0;
}
