import { type Box, boxAt } from "./boxes.ts";
import { readSampleSizes } from "./sample-sizes.ts";
import { readTable } from "./table.ts";

/**
 * When a track begins, in seconds of the movie's time, by its edit list: it may begin with nothing
 * for a while (ISO/IEC 14496-12 §8.6.6). `Infinity` if there is nothing in it, or no telling.
 */
export function beginsSeconds(moov: Buffer, mvhd: Box, trak: Box): number {
	const isEmpty = samplesIn(moov, trak) === 0;
	if (isEmpty) return Number.POSITIVE_INFINITY;
	const elst = boxAt(moov, trak, "edts", "elst");
	if (!elst) return 0;
	const ticks = emptyTicks(moov, elst);
	return ticks === 0 ? 0 : ticks / ticksPerSecond(moov, mvhd);
}

function samplesIn(moov: Buffer, trak: Box): number {
	const stbl = boxAt(moov, trak, "mdia", "minf", "stbl");
	const box = stbl && (boxAt(moov, stbl, "stsz") ?? boxAt(moov, stbl, "stz2"));
	return (box && readSampleSizes(moov, box)?.count) ?? 0;
}

/** Of the edits before the first that has media in it: those whose media time is -1. */
function emptyTicks(moov: Buffer, elst: Box): number {
	const isLong = elst.end > elst.body && moov.readUInt8(elst.body) === 1;
	const entryBytes = isLong ? 20 : 12;
	const edits = readTable(moov, elst, entryBytes);
	if (!edits) return Number.POSITIVE_INFINITY;
	let ticks = 0;
	for (let edit = 0; edit < edits.count; edit++) {
		const at = edits.at + edit * entryBytes;
		const mediaTime = isLong ? moov.readBigInt64BE(at + 8) : moov.readInt32BE(at + 4);
		if (Number(mediaTime) !== -1) break;
		ticks += isLong ? Number(moov.readBigUInt64BE(at)) : moov.readUInt32BE(at);
	}
	return ticks;
}

function ticksPerSecond(moov: Buffer, { body, end }: Box): number {
	const at = body + (end > body && moov.readUInt8(body) === 1 ? 20 : 12);
	return at + 4 <= end ? moov.readUInt32BE(at) : 0;
}
