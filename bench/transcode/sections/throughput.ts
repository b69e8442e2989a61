import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { ffmpegLoop } from "../baselines.ts";
import { type BenchContext, measureInTurn } from "../bench-context.ts";
import { compare, medianOf } from "../comparison.ts";
import { wholeJobs } from "../earshot.ts";
import { MIXED_FILES, makeMixedFiles, mixedSeconds } from "../mixed-files.ts";
import { startPeers } from "../peers.ts";
import type { Table } from "../table.ts";
import { LOOPBACK } from "../throttle.ts";

/** A queue that is full. */

const LOOP = "ffmpeg, two at a time";
const ONE = "Earshot, 1 transcoder";
const TWO = "Earshot, 2 transcoders";

export async function throughput(bench: BenchContext): Promise<Table> {
	const directory = join(bench.directory, "mixed");
	await mkdir(directory);
	const files = await makeMixedFiles(bench.bases, directory);
	const totalSeconds = files.reduce((sum, _, index) => sum + mixedSeconds(index), 0);
	await using peers = await startPeers(LOOPBACK);
	const videos = files.map((path) => ({ path, url: peers.share(path) }));
	const title = `${MIXED_FILES} mixed files at once`;
	const rounds = await measureInTurn(bench, title, totalSeconds, {
		[LOOP]: () => ffmpegLoop(files, 2, bench.directory),
		[ONE]: () => wholeJobs(videos, peers, bench),
		[TWO]: () => wholeJobs(videos, peers, bench, { transcoders: 2 }),
	});
	await rm(directory, { recursive: true });

	const perMinute = ([LOOP, ONE, TWO] as const).map((name) => {
		const files = (MIXED_FILES * 60) / medianOf(rounds, name, "wallSeconds");
		return `${name}: ${files.toFixed(0)}`;
	});
	return {
		title,
		notes: [
			`MP4, MKV, WebM, MOV and MP3, 10 s to 5 min long, ${(totalSeconds / 60).toFixed(0)} min together. The loop reads local files; Earshot fetches them from a store without limits, probes, checks and stores. What is MP3 already it hands out as it is, which the loop encodes again. Each transcoder with its own defaults: as many conversions at a time as there are cores.`,
			`Files a minute: ${perMinute.join("; ")}.`,
		],
		...compare({ rounds, aims: {} }),
	};
}
