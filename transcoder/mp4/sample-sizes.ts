import type { Box } from "./boxes.ts";
import { readTable } from "./table.ts";

/** How large a track's samples are: `stsz`, or its compact form `stz2` (ISO/IEC 14496-12 §8.7.3). */
export type SampleSizes = {
	count: number;
	/** Set when all samples are as large as each other. */
	each: number | undefined;
	/** Of samples that follow each other. The caller keeps to `count`. */
	sum: (first: number, samples: number) => number;
};

export function readSampleSizes(bytes: Buffer, box: Box): SampleSizes | undefined {
	// Both: version and flags, a size, a count, then the table.
	if (box.end - box.body < 12) return undefined;
	const given = bytes.readUInt32BE(box.body + 4);
	if (box.type === "stz2") return compact(bytes, box, given & 0xff);
	if (given === 0) return listed(bytes, box, 4, (at) => bytes.readUInt32BE(at));
	const count = bytes.readUInt32BE(box.body + 8);
	return { count, each: given, sum: (_first, samples) => samples * given };
}

function compact(bytes: Buffer, box: Box, bits: number): SampleSizes | undefined {
	if (bits === 8) return listed(bytes, box, 1, (at) => bytes.readUInt8(at));
	if (bits === 16) return listed(bytes, box, 2, (at) => bytes.readUInt16BE(at));
	return undefined;
}

function listed(
	bytes: Buffer,
	box: Box,
	entryBytes: number,
	read: (at: number) => number,
): SampleSizes | undefined {
	const table = readTable(bytes, box, entryBytes, 8);
	if (!table) return undefined;
	const sum = (first: number, samples: number) => {
		let total = 0;
		for (let sample = first; sample < first + samples; sample++) {
			total += read(table.at + sample * entryBytes);
		}
		return total;
	};
	return { count: table.count, each: undefined, sum };
}
