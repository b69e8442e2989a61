import { type Box, boxesIn } from "./boxes.ts";
import { readSampleDescription } from "./sample-description.ts";
import { readSampleSizes, type SampleSizes } from "./sample-sizes.ts";
import { type Surprise, surprise } from "./surprise.ts";
import { readTable, type Table } from "./table.ts";

/**
 * Where a track's chunks are: runs of samples that lie together in the file, told by a `stbl` of
 * four tables (ISO/IEC 14496-12 §8.5 to §8.7). Tables that contradict each other are a surprise.
 */
export type Chunks = {
	/** In the table's order, which is that of playing, and need not be the file's. */
	offsets: Float64Array;
	sizes: Float64Array;
	/** The positions themselves, to be overwritten. */
	table: OffsetTable;
};

/** Twelve hours in chunks of a single AAC frame each. */
const MAX_CHUNKS = 2_097_152;

type OffsetTable = Table & { entryBytes: 4 | 8 };

/** Bytes of samples that follow each other. */
type SizeOf = (firstSample: number, samples: number) => number;

export function readChunks(bytes: Buffer, stbl: Box): Chunks | Surprise {
	const boxes = boxesIn(bytes, stbl.body, stbl.end);
	if (!boxes) return surprise("stbl is not made of boxes");
	// Positions of encryption's data: they would have to be overwritten as well.
	if (boxes.some(({ type }) => type === "saio")) return surprise("saio");
	const one = (...types: string[]) => {
		const found = boxes.filter(({ type }) => types.includes(type));
		return found.length === 1 ? found[0] : undefined;
	};
	const [stsd, stts, stsc] = [one("stsd"), one("stts"), one("stsc")];
	const [sizeBox, offsetBox] = [one("stsz", "stz2"), one("stco", "co64")];
	if (!stsd || !stts || !stsc || !sizeBox || !offsetBox) return surprise("stbl lacks a table");

	const samples = readSampleSizes(bytes, sizeBox);
	const entryBytes = offsetBox.type === "stco" ? 4 : 8;
	const table = readTable(bytes, offsetBox, entryBytes);
	const runs = readTable(bytes, stsc, RUN_BYTES);
	if (!samples || !table || !runs) return surprise("a table that cannot be read");
	if (table.count === 0) return surprise("no chunks");
	if (table.count > MAX_CHUNKS) return surprise("too many chunks");

	const sizeOf = sizing(bytes, stsd, stts, samples);
	if ("surprise" in sizeOf) return sizeOf;
	return walkRuns(bytes, runs, { ...table, entryBytes }, samples.count, sizeOf);
}

/**
 * PCM is counted by the sample, whose size in `stsz` is by custom often 1. ffmpeg then goes by the
 * description, for all sound that is counted in this way.
 */
function sizing(bytes: Buffer, stsd: Box, stts: Box, samples: SampleSizes): SizeOf | Surprise {
	const description = readSampleDescription(bytes, stsd);
	if (!description) return surprise("stsd cannot be read");
	if (description.encrypted) return surprise("encrypted");
	const { pcmFrameBytes } = description;
	const isPcm = pcmFrameBytes !== undefined;
	if (isCountedBySample(bytes, stts) !== isPcm) return surprise("unusual count of samples");
	if (!isPcm) return samples.sum;
	if (samples.each !== 1 && samples.each !== pcmFrameBytes) return surprise("unusual PCM");
	return (_first, count) => count * pcmFrameBytes;
}

/** One run of samples, each one tick long. */
function isCountedBySample(bytes: Buffer, stts: Box): boolean {
	const table = readTable(bytes, stts, 8);
	return table?.count === 1 && bytes.readUInt32BE(table.at + 4) === 1;
}

/** A run of chunks with as many samples: the first one's number, counted from 1; samples; codec. */
const RUN_BYTES = 12;

function walkRuns(
	bytes: Buffer,
	runs: Table,
	table: OffsetTable,
	sampleCount: number,
	sizeOf: SizeOf,
): Chunks | Surprise {
	const offsets = new Float64Array(table.count);
	const sizes = new Float64Array(table.count);
	let chunk = 0;
	let sample = 0;
	for (let run = 0; run < runs.count; run++) {
		const at = runs.at + run * RUN_BYTES;
		const first = bytes.readUInt32BE(at);
		const samples = bytes.readUInt32BE(at + 4);
		const isLast = run + 1 === runs.count;
		const next = isLast ? table.count + 1 : bytes.readUInt32BE(at + RUN_BYTES);
		const isInOrder = first === chunk + 1 && next > first && next <= table.count + 1;
		if (!isInOrder) return surprise("stsc out of order");
		if (sample + (next - first) * samples > sampleCount) return surprise("too few samples");
		for (; chunk + 1 < next; chunk++) {
			offsets[chunk] = offsetAt(bytes, table, chunk);
			sizes[chunk] = sizeOf(sample, samples);
			sample += samples;
		}
	}
	if (chunk !== table.count) return surprise("chunks in no run");
	if (sample !== sampleCount) return surprise("samples in no chunk");
	return { offsets, sizes, table };
}

function offsetAt(bytes: Buffer, { at, entryBytes }: OffsetTable, entry: number): number {
	return entryBytes === 4
		? bytes.readUInt32BE(at + entry * 4)
		: Number(bytes.readBigUInt64BE(at + entry * 8));
}
