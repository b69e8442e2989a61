import { type Box, boxesIn } from "./boxes.ts";
import { readTable } from "./table.ts";

/**
 * What `stsd` says of a sound track's samples, as far as it is needed to find them.
 * https://developer.apple.com/documentation/quicktime-file-format/sound_sample_descriptions
 */
export type SampleDescription = {
	/** Encrypted sound has positions in more boxes than we know of. */
	encrypted: boolean;
	/** Of one PCM sample over all channels; `undefined` if the sound is not PCM as we know it. */
	pcmFrameBytes: number | undefined;
};

const ENCRYPTED = new Set(["enca", "drms"]);

/** Bytes of a sample by its bits, per format: what ffmpeg's demuxer makes of them. */
const PCM: Readonly<Record<string, Readonly<Record<number, number>>>> = {
	sowt: { 8: 1, 16: 2, 24: 3, 32: 4 },
	twos: { 8: 1, 16: 2, 24: 3, 32: 4 },
	"raw ": { 8: 1, 16: 2 },
	// The bits of these stand in their names, and are often wrong in the field.
	in24: { 16: 3, 24: 3 },
	in32: { 16: 4, 32: 4 },
	fl32: { 16: 4, 32: 4 },
	fl64: { 16: 8, 64: 8 },
	ulaw: { 8: 1, 16: 1 },
	alaw: { 8: 1, 16: 1 },
};

const LPCM_BYTES: Readonly<Record<number, number>> = { 8: 1, 16: 2, 24: 3, 32: 4, 64: 8 };

export function readSampleDescription(bytes: Buffer, stsd: Box): SampleDescription | undefined {
	const table = readTable(bytes, stsd, 16);
	const entries = table && boxesIn(bytes, table.at, stsd.end);
	const [entry] = entries ?? [];
	if (!entry || entries?.length !== table?.count) return undefined;
	return {
		encrypted: entries?.some(({ type }) => ENCRYPTED.has(type)) ?? false,
		pcmFrameBytes: table?.count === 1 ? pcmFrameBytes(bytes, entry) : undefined,
	};
}

function pcmFrameBytes(bytes: Buffer, { type, body, end }: Box): number | undefined {
	// After six reserved bytes and the data reference come version, revision and vendor.
	const fields = body + 8;
	if (end - fields < 20) return undefined;
	const version = bytes.readUInt16BE(fields);
	if (version === 2) {
		if (type !== "lpcm" || end - fields < 56) return undefined;
		if (bytes.readUInt32BE(fields + 52) !== 1) return undefined;
		const channels = bytes.readUInt32BE(fields + 32);
		return times(channels, LPCM_BYTES[bytes.readUInt32BE(fields + 40)]);
	}
	// Versions 1 and 2 add how many samples are packed together, which for PCM is: one.
	if (version > 1) return undefined;
	if (version === 1 && (end - fields < 36 || bytes.readUInt32BE(fields + 20) !== 1)) {
		return undefined;
	}
	const channels = bytes.readUInt16BE(fields + 8);
	const widths = Object.hasOwn(PCM, type) ? PCM[type] : undefined;
	return times(channels, widths?.[bytes.readUInt16BE(fields + 10)]);
}

function times(channels: number, sampleBytes: number | undefined): number | undefined {
	return sampleBytes === undefined || channels === 0 ? undefined : channels * sampleBytes;
}
