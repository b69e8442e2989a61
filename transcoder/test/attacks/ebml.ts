/** One element of Matroska: its id in hexadecimal, and its content with a length of eight bytes. */
export function element(id: string, ...content: Uint8Array[]): Buffer {
	const body = Buffer.concat(content);
	const length = Buffer.alloc(8);
	length.writeBigUInt64BE(BigInt(body.length) | (1n << 56n));
	return Buffer.concat([Buffer.from(id, "hex"), length, body]);
}
