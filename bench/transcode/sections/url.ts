import {
	asMegabytes,
	asRatio,
	atMost,
	LONG_SECONDS,
	MEMORY_BYTES,
	SPARE_DISK_BYTES,
} from "../aims.ts";
import { downloadFirst, ffmpegOnUrl } from "../baselines.ts";
import { type BenchContext, measureInTurn } from "../bench-context.ts";
import { compare, medianOf, peakOf, ratioOf } from "../comparison.ts";
import { wholeJobs } from "../earshot.ts";
import type { Figures } from "../figures.ts";
import type { Length } from "../options.ts";
import { startPeers } from "../peers.ts";
import { type Container, MP4_INDEX_LAST, makeSample } from "../samples.ts";
import type { Table } from "../table.ts";
import { type Link, SLOW_LINK } from "../throttle.ts";

/** A file in a store, over some link. */

const FFMPEG = "(b) ffmpeg on the URL";
const JOB = "Earshot, whole job";
const FIRST_JOB = "Earshot, whole job, the first of a process";
const DOWNLOAD = "(c) download, then ffmpeg";

/** With longer files (c) takes most of the time, and tells nothing new. */
const DOWNLOAD_UP_TO_SECONDS = 3600;

type Contender = typeof FFMPEG | typeof JOB | typeof FIRST_JOB | typeof DOWNLOAD;

export async function url(
	length: Length,
	container: Container,
	link: Link,
	bench: BenchContext,
): Promise<Table> {
	const { bases, directory } = bench;
	await using sample = await makeSample(bases, container, length.seconds, directory);
	await using peers = await startPeers(link);
	const address = peers.share(sample.path);
	const title = `${length.name}, ${container.name} (${asMegabytes(sample.sizeBytes)}), ${link.name}`;
	const hasDownload = length.seconds <= DOWNLOAD_UP_TO_SECONDS;
	const videos = [{ path: sample.path, url: address }];
	const contenders = {
		[FFMPEG]: () => ffmpegOnUrl(address, peers, directory),
		[JOB]: () => wholeJobs(videos, peers, bench, { isWarm: true }),
		// What it costs is lost in a long file's time.
		...(length.seconds <= LONG_SECONDS && { [FIRST_JOB]: () => wholeJobs(videos, peers, bench) }),
		...(hasDownload && { [DOWNLOAD]: () => downloadFirst(address, peers, directory) }),
	} as Record<Contender, () => Promise<Figures>>;
	const rounds = await measureInTurn(bench, title, length.seconds, contenders);

	const needed = sample.soundBytes + sample.indexBytes;
	const read = medianOf(rounds, JOB, "bytesRead") / needed;
	const diskLimit = sample.soundBytes + medianOf(rounds, JOB, "outputBytes") + SPARE_DISK_BYTES;
	const savesMost = container.isSoundApart && length.seconds > LONG_SECONDS;
	const isFar = savesMost && link === SLOW_LINK;
	const compared = compare({
		rounds,
		aims: {
			[JOB]: [
				atMost(isFar ? 0.6 : 1, ratioOf(rounds, JOB, FFMPEG), "wall ÷ (b)", asRatio),
				...(isFar && hasDownload
					? [atMost(0.33, ratioOf(rounds, JOB, DOWNLOAD), "wall ÷ (c)", asRatio)]
					: []),
				...(savesMost ? [atMost(1.15, read, "read ÷ (sound + index)", asRatio)] : []),
				atMost(MEMORY_BYTES, peakOf(rounds, JOB, "peakMemoryBytes"), "RSS", asMegabytes),
				...(container.isCopied
					? []
					: [atMost(diskLimit, peakOf(rounds, JOB, "peakDiskBytes"), "disk", asMegabytes)]),
			],
		},
	});
	const isDrawn = container === MP4_INDEX_LAST && link === SLOW_LINK;
	return {
		title,
		notes: [`Sound ${asMegabytes(sample.soundBytes)}, index ${asMegabytes(sample.indexBytes)}.`],
		...compared,
		bars: isDrawn ? compared.bars : [],
	};
}
