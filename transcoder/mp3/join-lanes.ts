import { open } from "node:fs/promises";
import { ReservoirPacker } from "./bit-reservoir.ts";
import { INFO_HEADER_BYTES, type InfoHeader, readInfoHeader } from "./info-header.ts";
import { JoinedInfoHeader } from "./joined-info-header.ts";
import { readFrames } from "./read-frames.ts";

/** One encoder's part of a stream: an MP3 file of frames that stand alone (`-reservoir 0`). */
export type Lane = {
	path: string;
	/** Frames at its start that the lane before has too, and better: they are left out. */
	leadInFrames: number;
	/** How many frames to take after these; `undefined` for the last lane: all. */
	frames: number | undefined;
};

/** Written at once; a frame is a few hundred bytes. */
const WRITE_BYTES = 262_144;

/**
 * Joins lanes into one MP3 that cannot be told from a single encode: one run of frames, one bit
 * reservoir, one Xing header with the length, seek table, delay and padding of the whole.
 * False when a lane has fewer frames than it should: the source is shorter than was thought.
 */
export async function joinLanes(lanes: readonly Lane[], output: string): Promise<boolean> {
	const headers = await Promise.all(lanes.map(({ path }) => readLaneHeader(path)));
	const counts = lanes.map(({ leadInFrames, frames }, index) => {
		const available = (headers[index]?.info.frames ?? 0) - leadInFrames;
		return frames === undefined ? available : Math.min(frames, available);
	});
	const isComplete = lanes.every(({ frames }, index) => {
		const count = counts[index] ?? 0;
		return frames === undefined ? count > 0 : count === frames;
	});
	const [first, last] = [headers[0], headers.at(-1)];
	if (!isComplete || !first || !last) return false;

	const total = counts.reduce((sum, count) => sum + count, 0);
	const header = new JoinedInfoHeader(first.frame, first.info, total);
	const packer = new ReservoirPacker();
	await using file = await open(output, "wx");
	let pending: Buffer[] = [header.placeholder];
	let pendingBytes = header.placeholder.length;
	const write = async (bytes: Buffer[], isLast = false) => {
		for (const part of bytes) {
			header.noteMusic(part);
			pending.push(part);
			pendingBytes += part.length;
		}
		if (pendingBytes < WRITE_BYTES && !isLast) return;
		await file.appendFile(Buffer.concat(pending));
		pending = [];
		pendingBytes = 0;
	};
	for (const [index, { path, leadInFrames }] of lanes.entries()) {
		const offset = headers[index]?.musicOffset ?? 0;
		const end = leadInFrames + (counts[index] ?? 0);
		let position = 0;
		for await (const frame of readFrames(path, offset)) {
			if (position >= end) break;
			if (position >= leadInFrames) {
				const packed = packer.add(frame);
				header.noteFrame(packed.sizeBytes);
				await write(packed.complete);
			}
			position += 1;
		}
	}
	await write(packer.end(), true);
	const finished = header.finish(first.info.delaySamples, last.info.paddingSamples);
	await file.write(finished, 0, finished.length, 0);
	return true;
}

async function readLaneHeader(
	path: string,
): Promise<{ info: InfoHeader; frame: Buffer; musicOffset: number } | undefined> {
	await using file = await open(path);
	const { buffer, bytesRead } = await file.read(Buffer.alloc(INFO_HEADER_BYTES), 0);
	const info = readInfoHeader(buffer.subarray(0, bytesRead));
	if (!info) return undefined;
	const musicOffset = info.offset + info.frame.sizeBytes;
	return { info, frame: buffer.subarray(info.offset, musicOffset), musicOffset };
}
