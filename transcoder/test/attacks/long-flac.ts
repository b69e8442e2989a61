/**
 * Hours of silence in FLAC: sixteen bytes for eight seconds. Written here, because no encoder is
 * as quick, nor lies about the length.
 * https://www.rfc-editor.org/rfc/rfc9639
 */
const RATE_HZ = 8_000;
const BLOCK_SAMPLES = 65_535;
const BITS = 16;

export function longFlac({ hours, declaredHours }: { hours: number; declaredHours: number }) {
	const frames = Math.ceil((hours * 3_600 * RATE_HZ) / BLOCK_SAMPLES);
	return Buffer.concat([
		Buffer.from("fLaC"),
		streamInfo(BigInt(Math.round(declaredHours * 3_600 * RATE_HZ))),
		...Array.from({ length: frames }, (_, number) => silentFrame(number)),
	]);
}

function streamInfo(samples: bigint): Buffer {
	const block = Buffer.alloc(4 + 34);
	// The last block of metadata, of type 0.
	block.writeUInt32BE(0x80000000 + 34, 0);
	block.writeUInt16BE(BLOCK_SAMPLES, 4);
	block.writeUInt16BE(BLOCK_SAMPLES, 6);
	const [rate, bits] = [BigInt(RATE_HZ), BigInt(BITS - 1)];
	block.writeBigUInt64BE((rate << 44n) | (bits << 36n) | samples, 14);
	return block;
}

function silentFrame(number: number): Buffer {
	const head = Buffer.from([
		...[0xff, 0xf8],
		// The size of the block stands at the end; rate and bits are the stream's; one channel.
		...[0x70, 0x00],
		...coded(number),
		...[(BLOCK_SAMPLES - 1) >> 8, (BLOCK_SAMPLES - 1) & 0xff],
	]);
	// One subframe: the same sample all along, which is zero.
	const body = Buffer.concat([head, Buffer.from([crc(head, 8, 0x07), 0, 0, 0])]);
	const check = crc(body, 16, 0x8005);
	return Buffer.concat([body, Buffer.from([check >> 8, check & 0xff])]);
}

/** As UTF-8 codes characters. */
function coded(number: number): Buffer {
	return Buffer.from(String.fromCodePoint(number));
}

function crc(bytes: Uint8Array, width: number, polynomial: number): number {
	const top = 1 << (width - 1);
	let value = 0;
	for (const byte of bytes) {
		value ^= byte << (width - 8);
		for (let bit = 0; bit < 8; bit++) {
			value = ((value << 1) ^ (value & top ? polynomial : 0)) & (2 * top - 1);
		}
	}
	return value;
}
