import { open } from "node:fs/promises";
import { crc16 } from "./crc-16.ts";
import { MOST_TOLD_SAMPLES } from "./gapless.ts";
import { INFO_FIELDS, INFO_HEADER_BYTES, infoOffset, readInfoHeader } from "./info-header.ts";

/**
 * Writes into an MP3's header how much of its end is padding, from how many samples were encoded.
 * ffmpeg counts only what the last frame has of it: when two frames have some, players go on for a
 * few samples after the end. Its checksum of the header is that of stereo, in mono, too.
 */
export async function setExactLength(path: string, samples: number): Promise<void> {
	await using file = await open(path, "r+");
	const { buffer, bytesRead } = await file.read(Buffer.alloc(INFO_HEADER_BYTES), 0);
	const header = readInfoHeader(buffer.subarray(0, bytesRead));
	if (!header) return;
	const { frame, frames, delaySamples, offset } = header;
	const padding = frames * frame.format.samplesPerFrame - delaySamples - samples;
	if (padding < 0 || padding > MOST_TOLD_SAMPLES) return;

	const info = offset + infoOffset(frame.format);
	buffer.writeUIntBE((delaySamples << 12) | padding, info + INFO_FIELDS.delayAndPadding, 3);
	const tagCrc = info + INFO_FIELDS.tagCrc;
	buffer.writeUInt16BE(crc16(buffer.subarray(offset, tagCrc)), tagCrc);
	await file.write(buffer, 0, info + INFO_FIELDS.end, 0);
}
