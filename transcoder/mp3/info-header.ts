import {
	type FrameFormat,
	type FrameHeader,
	HEADER_BYTES,
	readFrameHeader,
} from "./frame-header.ts";
import { DECODER_DELAY_SAMPLES } from "./gapless.ts";

/**
 * The first frame of an MP3 that LAME, ffmpeg or we wrote: a silent one whose body is the Xing (VBR)
 * or Info (CBR) header, mostly with the LAME extension. From it players take length and seek points,
 * and how many samples of padding to leave out. Pure: bytes in, facts out.
 * http://gabriel.mp3-tech.org/mp3infotag.html
 */
export type InfoHeader = {
	/** The frame that carries it. */
	frame: FrameHeader;
	sampleRateHz: number;
	channels: 1 | 2;
	/** Audio frames; the header's own frame does not count. */
	frames: number;
	/** From the header's own frame to the end of the file. */
	sizeBytes: number;
	/** Samples that the encoder put before and after the sound; 0 where nothing is told of it. */
	delaySamples: number;
	paddingSamples: number;
	/** What is left to hear once the encoder's delay and padding are taken off, if they are told. */
	durationSeconds: number;
	/** Where the header's own frame begins: after the ID3v2 tag. */
	offset: number;
};

/** Enough for ffmpeg's ID3v2 tag and any frame after it. */
export const INFO_HEADER_BYTES = 4_096;

/** Where the fields stand, counted from `Xing` or `Info`, when all optional ones are there. */
export const INFO_FIELDS = {
	flags: 4,
	frames: 8,
	bytes: 12,
	seekTable: 16,
	encoder: 120,
	/** 1.5 bytes each: samples of delay, samples of padding. */
	delayAndPadding: 141,
	musicLength: 148,
	musicCrc: 152,
	tagCrc: 154,
	end: 156,
} as const;

/** Frames, bytes, seek table and quality are all there. */
export const ALL_FIELDS = 15;

const FRAMES_AND_BYTES = 3;

/** Who writes the LAME extension; players heed it beside these names alone, ffmpeg among them. */
const KNOWN_ENCODERS = ["LAME", "Lavf", "Lavc"];

/** Where `Xing` or `Info` stands in its frame. */
export function infoOffset({ sideInformationBytes }: FrameFormat): number {
	return HEADER_BYTES + sideInformationBytes;
}

/** `undefined`: there is no such header at the start of these bytes. */
export function readInfoHeader(head: Uint8Array): InfoHeader | undefined {
	const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
	const offset = id3v2Size(bytes);
	if (bytes.length < offset + 192) return undefined;

	const frame = readFrameHeader(bytes.readUInt32BE(offset));
	if (!frame) return undefined;
	const xing = offset + infoOffset(frame.format);
	const name = bytes.toString("latin1", xing, xing + 4);
	const flags = bytes.readUInt32BE(xing + INFO_FIELDS.flags);
	if ((name !== "Xing" && name !== "Info") || (flags & FRAMES_AND_BYTES) !== FRAMES_AND_BYTES) {
		return undefined;
	}
	const frames = bytes.readUInt32BE(xing + INFO_FIELDS.frames);
	// The seek table and the quality may be missing; what follows them then stands further ahead.
	const missing = (flags & 4 ? 0 : 100) + (flags & 8 ? 0 : 4);
	const encoder = xing + INFO_FIELDS.encoder - missing;
	const isExtended = KNOWN_ENCODERS.includes(bytes.toString("latin1", encoder, encoder + 4));
	// Twelve bits each.
	const delayAndPadding = isExtended
		? bytes.readUIntBE(xing + INFO_FIELDS.delayAndPadding - missing, 3)
		: 0;
	const [delaySamples, paddingSamples] = [delayAndPadding >>> 12, delayAndPadding & 0xfff];
	const { sampleRateHz, channels, samplesPerFrame } = frame.format;
	const unheard = isExtended ? delaySamples + Math.max(paddingSamples, DECODER_DELAY_SAMPLES) : 0;
	const audible = frames * samplesPerFrame - unheard;
	return {
		frame,
		sampleRateHz,
		channels,
		frames,
		sizeBytes: bytes.readUInt32BE(xing + INFO_FIELDS.bytes),
		delaySamples,
		paddingSamples,
		durationSeconds: Math.max(0, audible / sampleRateHz),
		offset,
	};
}

/**
 * How long an ID3v2 tag at the start of these bytes is; 0 if there is none.
 * https://id3.org/id3v2.4.0-structure §3.1: seven bits a byte, without the ten of the header.
 */
export function id3v2Size(bytes: Buffer): number {
	if (bytes.length < 10 || bytes.toString("latin1", 0, 3) !== "ID3") return 0;
	const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10);
	return 10 + ((a << 21) | (b << 14) | (c << 7) | d);
}

/** The bitrate of the frames after the header's own, in whole kbit/s: a padding byte does not count. */
export function meanKbpsOf({ frame, frames, sizeBytes }: InfoHeader): number {
	const { samplesPerFrame, sampleRateHz } = frame.format;
	const seconds = (frames * samplesPerFrame) / sampleRateHz;
	return Math.floor(((sizeBytes - frame.sizeBytes) * 8) / 1000 / seconds);
}
