import { MPEG_1_KBPS, MPEG_2_KBPS } from "#contracts/mp3-rates.ts";

/**
 * The four bytes that begin each frame of an MP3 (ISO/IEC 11172-3 §2.4.2.3, 13818-3 §2.4.2.3; the
 * rates of "MPEG 2.5" are Fraunhofer's extension). Pure: bytes in, facts out.
 */
export type FrameHeader = {
	/** What a frame of this stream keeps from frame to frame. */
	format: FrameFormat;
	bitrateKbps: number;
	/** Of the whole frame, its header included. */
	sizeBytes: number;
};

export type FrameFormat = {
	sampleRateHz: number;
	channels: 1 | 2;
	samplesPerFrame: 576 | 1152;
	/** Between the header and the frame's share of main data. */
	sideInformationBytes: number;
	/** By the header's index, which starts at 1. */
	bitratesKbps: readonly number[];
	/** How far back a frame's main data may begin, for the width of the field that says so. */
	maxMainDataBegin: 255 | 511;
};

export const HEADER_BYTES = 4;

/** The bit that says that no checksum follows the header. With one, a frame is as long as without. */
export const NO_CHECKSUM = 0x10000;

export function hasChecksum(word: number): boolean {
	return (word & NO_CHECKSUM) === 0;
}

const MPEG_1 = {
	rates: [44_100, 48_000, 32_000],
	samplesPerFrame: 1152,
	sideBytes: { 1: 17, 2: 32 },
	bitratesKbps: MPEG_1_KBPS,
	maxMainDataBegin: 511,
} as const;
const MPEG_2 = {
	rates: [22_050, 24_000, 16_000],
	samplesPerFrame: 576,
	sideBytes: { 1: 9, 2: 17 },
	bitratesKbps: MPEG_2_KBPS,
	maxMainDataBegin: 255,
} as const;
const MPEG_2_5 = { ...MPEG_2, rates: [11_025, 12_000, 8_000] } as const;

/** Each format once, by its rate and its channels: an hour of sound has 140 000 frames. */
function formatsOf({
	rates,
	sideBytes,
	...version
}: typeof MPEG_1 | typeof MPEG_2 | typeof MPEG_2_5) {
	return rates.map((sampleRateHz) => {
		const format = (channels: 1 | 2): FrameFormat => ({
			...version,
			sampleRateHz,
			channels,
			sideInformationBytes: sideBytes[channels],
		});
		return { 1: format(1), 2: format(2) };
	});
}

/** By the two version bits. */
const VERSIONS = [formatsOf(MPEG_2_5), undefined, formatsOf(MPEG_2), formatsOf(MPEG_1)] as const;

/**
 * Reads a Layer III header without CRC, as LAME writes them. `undefined`: these four bytes are no
 * such header.
 */
export function readFrameHeader(word: number): FrameHeader | undefined {
	// Eleven bits of sync, then version, then layer III and no CRC.
	if (word >>> 21 !== 0x7ff || ((word >>> 16) & 7) !== 0b011) return undefined;
	const channels = ((word >>> 6) & 3) === 3 ? 1 : 2;
	const format = VERSIONS[(word >>> 19) & 3]?.[(word >>> 10) & 3]?.[channels];
	const bitrateKbps = format?.bitratesKbps[((word >>> 12) & 15) - 1];
	if (!format || !bitrateKbps) return undefined;
	const padding = (word >>> 9) & 1;
	return { format, bitrateKbps, sizeBytes: frameBytes(format, bitrateKbps) + padding };
}

/** What a frame needs to know of its stream to know its size. */
type FrameRate = Pick<FrameFormat, "samplesPerFrame" | "sampleRateHz">;

/** A frame's size at a bitrate, without the padding byte. */
export function frameBytes(rate: FrameRate, bitrateKbps: number): number {
	return Math.floor((rate.samplesPerFrame * bitrateKbps * 125) / rate.sampleRateHz);
}

/** What that leaves out, in bytes × sample rate. */
export function frameRemainder(rate: FrameRate, bitrateKbps: number): number {
	return (rate.samplesPerFrame * bitrateKbps * 125) % rate.sampleRateHz;
}

/** After so many frames of a constant bitrate, padding bytes come in the same order again. */
export function paddingPeriod(rate: FrameRate, bitrateKbps: number): number {
	let [divisor, rest] = [rate.sampleRateHz, frameRemainder(rate, bitrateKbps)];
	while (rest > 0) [divisor, rest] = [rest, divisor % rest];
	return rate.sampleRateHz / divisor;
}

/** The same header with another bitrate, and with a padding byte or none. */
export function withBitrate(
	word: number,
	format: FrameFormat,
	bitrateKbps: number,
	paddingBytes: 0 | 1 = 0,
): number {
	const index = format.bitratesKbps.indexOf(bitrateKbps) + 1;
	return ((word & ~0xf200) | (index << 12) | (paddingBytes << 9)) >>> 0;
}

/** Below 32 kHz MP3's frames are half as long (MPEG-2). */
export function samplesPerFrameAt(sampleRateHz: number): 576 | 1152 {
	return sampleRateHz >= 32_000 ? 1152 : 576;
}
