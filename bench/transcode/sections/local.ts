import {
	asMegabytes,
	asRatio,
	atMost,
	LONG_SECONDS,
	MEMORY_BYTES,
	SPARE_DISK_BYTES,
} from "../aims.ts";
import { pcmThroughPipe, plainFfmpeg } from "../baselines.ts";
import { type BenchContext, measureInTurn } from "../bench-context.ts";
import { compare, medianOf, peakOf, ratioOf } from "../comparison.ts";
import { encodeAlone, wholeJobs } from "../earshot.ts";
import type { Length } from "../options.ts";
import { startPeers } from "../peers.ts";
import { MP4_INDEX_LAST, makeSample } from "../samples.ts";
import type { Table } from "../table.ts";
import { LOOPBACK } from "../throttle.ts";

/** A file that is on this machine already. */

const PLAIN = "(a) ffmpeg -q:a 2";
const ENCODE = "Earshot, encode alone";
const JOB = "Earshot, whole job";
const PIPE = "(d) PCM through a pipe";

export async function local(length: Length, bench: BenchContext): Promise<Table> {
	const { bases, directory, cores } = bench;
	await using sample = await makeSample(bases, MP4_INDEX_LAST, length.seconds, directory);
	const { path } = sample;
	await using peers = await startPeers(LOOPBACK);
	const video = { path, url: peers.share(path) };
	const title = `${length.name}, local file (MP4, ${asMegabytes(sample.sizeBytes)})`;
	const rounds = await measureInTurn(bench, title, length.seconds, {
		[PLAIN]: () => plainFfmpeg(path, directory),
		[ENCODE]: () => encodeAlone(path, bench),
		[JOB]: () => wholeJobs([video], peers, bench, { isWarm: true }),
		[PIPE]: () => pcmThroughPipe(path, directory),
	});

	const isLong = length.seconds > LONG_SECONDS;
	const wall = ratioOf(rounds, ENCODE, PLAIN);
	const mp3Bytes = medianOf(rounds, ENCODE, "outputBytes");
	const size = mp3Bytes / medianOf(rounds, PLAIN, "outputBytes");
	const diskLimit = sample.soundBytes + mp3Bytes + SPARE_DISK_BYTES;
	return {
		title,
		notes: [],
		...compare({
			rounds,
			aims: {
				[ENCODE]: [
					// Of a long file it is an aim where there is more than one core.
					...(isLong && cores < 2
						? []
						: [atMost(isLong ? 0.6 : 1.05, wall, "wall ÷ (a)", asRatio)]),
					atMost(1, size, "MP3 ÷ (a)", (ratio) => `${ratio.toFixed(3)}×`),
				],
				[JOB]: [
					atMost(MEMORY_BYTES, peakOf(rounds, JOB, "peakMemoryBytes"), "RSS", asMegabytes),
					atMost(diskLimit, peakOf(rounds, JOB, "peakDiskBytes"), "disk", asMegabytes),
				],
			},
		}),
	};
}
