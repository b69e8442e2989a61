/**
 * The first frame of an MP3 that LAME or ffmpeg wrote: a silent one whose body is the Xing (VBR)
 * or Info (CBR) header with the LAME extension. From it players take length and seek points, and
 * how many samples of padding to leave out. Pure: bytes in, facts out.
 * http://gabriel.mp3-tech.org/mp3infotag.html
 */
export type InfoHeader = {
	sampleRateHz: number;
	channels: 1 | 2;
	/** Audio frames; the header's own frame does not count. */
	frames: number;
	/** From the header's own frame to the end of the file. */
	sizeBytes: number;
	/** What is left to hear once the encoder's delay and padding are taken off. */
	durationSeconds: number;
	/** Where the header's own frame begins: after the ID3v2 tag. */
	offset: number;
};

/** Enough for ffmpeg's ID3v2 tag and any frame after it. */
export const INFO_HEADER_BYTES = 4_096;

/** MPEG version bits of the frame header → sample rates, samples a frame, bytes of side information. */
const VERSIONS: Readonly<
	Record<
		number,
		{ rates: readonly number[]; samples: number; monoSide: number; stereoSide: number }
	>
> = {
	3: { rates: [44_100, 48_000, 32_000], samples: 1152, monoSide: 17, stereoSide: 32 },
	2: { rates: [22_050, 24_000, 16_000], samples: 576, monoSide: 9, stereoSide: 17 },
	0: { rates: [11_025, 12_000, 8_000], samples: 576, monoSide: 9, stereoSide: 17 },
};

const FRAMES_AND_BYTES = 3;

/** `undefined`: there is no such header at the start of these bytes. */
export function readInfoHeader(head: Uint8Array): InfoHeader | undefined {
	const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
	const offset = id3v2Size(bytes);
	if (bytes.length < offset + 192) return undefined;

	const word = bytes.readUInt32BE(offset);
	const isLayer3 = word >>> 21 === 0x7ff && ((word >>> 17) & 3) === 1;
	const version = VERSIONS[(word >>> 19) & 3];
	const sampleRateHz = version?.rates[(word >>> 10) & 3];
	if (!isLayer3 || !version || !sampleRateHz) return undefined;
	const channels = ((word >>> 6) & 3) === 3 ? 1 : 2;

	const xing = offset + 4 + (channels === 1 ? version.monoSide : version.stereoSide);
	const name = bytes.toString("latin1", xing, xing + 4);
	const flags = bytes.readUInt32BE(xing + 4);
	if ((name !== "Xing" && name !== "Info") || (flags & FRAMES_AND_BYTES) !== FRAMES_AND_BYTES) {
		return undefined;
	}
	const frames = bytes.readUInt32BE(xing + 8);
	const lame = xing + 16 + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
	// Twelve bits each, after the encoder's name and twelve bytes of its settings.
	const delayAndPadding = bytes.readUIntBE(lame + 21, 3);
	const audible = frames * version.samples - (delayAndPadding >>> 12) - (delayAndPadding & 0xfff);
	return {
		sampleRateHz,
		channels,
		frames,
		sizeBytes: bytes.readUInt32BE(xing + 12),
		durationSeconds: Math.max(0, audible / sampleRateHz),
		offset,
	};
}

/** https://id3.org/id3v2.4.0-structure §3.1: seven bits a byte, without the ten of the header. */
function id3v2Size(bytes: Buffer): number {
	if (bytes.length < 10 || bytes.toString("latin1", 0, 3) !== "ID3") return 0;
	const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10);
	return 10 + ((a << 21) | (b << 14) | (c << 7) | d);
}
