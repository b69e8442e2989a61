/** CRC-16/ARC (polynomial 0x8005, reflected), by which LAME's header guards itself and the music. */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
	let crc = byte;
	for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xa001 : 0);
	return crc;
});

/** Goes on from the CRC of the bytes before these; 0 to begin with. */
export function crc16(bytes: Uint8Array, before = 0): number {
	let crc = before;
	for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
	return crc;
}
