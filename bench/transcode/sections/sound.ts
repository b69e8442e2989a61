import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { asDecibels, atMost, showAims } from "../aims.ts";
import { BAND_EDGES_HZ, bandSnr } from "../band-snr.ts";
import type { BenchContext } from "../bench-context.ts";
import { FFMPEG, plainEncode, runCommand } from "../command.ts";
import { decode, SAMPLE_RATE_HZ } from "../decode.ts";
import { startEncoder } from "../encoder.ts";
import { MP4_INDEX_LAST, makeSample } from "../samples.ts";
import type { Table } from "../table.ts";

/** Whether encoding in pieces is heard: the noise of both encodes, band by band. */

const SECONDS = 300;

export async function sound({ bases, directory: parent, programs }: BenchContext): Promise<Table> {
	const directory = join(parent, "sound");
	await mkdir(directory);
	await using sample = await makeSample(bases, MP4_INDEX_LAST, SECONDS, directory);
	const plain = join(directory, "plain.mp3");
	await runCommand(FFMPEG, plainEncode(sample.path, plain));
	{
		await using encoder = await startEncoder(sample.path, directory, programs);
		await encoder.encode();
	}
	const source = await decode(sample.path);
	const snrOf = async (path: string) => bandSnr(source, await decode(path), SAMPLE_RATE_HZ);
	const theirs = await snrOf(plain);
	const ours = await snrOf(join(directory, "output.mp3"));
	await rm(directory, { recursive: true });

	const losses = theirs.map((snr, band) => snr - (ours[band] ?? Number.NEGATIVE_INFINITY));
	const meanLoss = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
	return {
		title: "Signal to noise, band by band",
		notes: [
			`${SECONDS / 60} minutes, decoded, against the samples that were encoded. No listening test.`,
			`The largest loss of a band: ${asDecibels(Math.max(...losses))}.`,
			showAims([atMost(0.1, meanLoss, "loss, mean of the bands", asDecibels)]),
		],
		head: ["Hz", "ffmpeg -q:a 2, dB", "Earshot, dB", "loss, dB"],
		rows: losses.map((loss, band) => [
			`${BAND_EDGES_HZ[band]} – ${BAND_EDGES_HZ[band + 1]}`,
			(theirs[band] ?? 0).toFixed(2),
			(ours[band] ?? 0).toFixed(2),
			loss.toFixed(2),
		]),
		bars: [],
	};
}
