import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { makeBases } from "./transcode/bases.ts";
import type { BenchContext } from "./transcode/bench-context.ts";
import { describeMachine } from "./transcode/machine.ts";
import { type Options, readOptions } from "./transcode/options.ts";
import { childrenOf } from "./transcode/process-tree.ts";
import { findPrograms } from "./transcode/programs.ts";
import { toReport, writeReport } from "./transcode/report.ts";
import { findObstacle } from "./transcode/requirements.ts";
import { ALL_CONTAINERS, MKV, MP4_INDEX_LAST } from "./transcode/samples.ts";
import { coresSection } from "./transcode/sections/cores.ts";
import { local } from "./transcode/sections/local.ts";
import { sound } from "./transcode/sections/sound.ts";
import { throughput } from "./transcode/sections/throughput.ts";
import { url } from "./transcode/sections/url.ts";
import type { Table } from "./transcode/table.ts";
import { LOOPBACK, SLOW_LINK } from "./transcode/throttle.ts";
import { makeWarmUp } from "./transcode/warm-up.ts";

/*
 * `npm run bench:transcode`: Earshot's transcoding against plain ffmpeg and others, beside what
 * it aims at. Twenty minutes as it stands; the tables in docs/bench, which take hours and 10 GB of
 * disk, are of:
 *
 *     npm run bench:transcode -- --lengths 20s,10m --write transcode
 *     npm run bench:transcode -- --lengths 60m --only local,url --write transcode-60m
 *     npm run bench:transcode -- --lengths 4h --only local,url --write transcode-4h
 *
 * `--only local,url,fast,cores,throughput,sound`, `--runs 5`; `--write` puts the tables and a chart
 * into docs/bench, under this name. `--programs DIR`, after `build-ffmpeg.sh DIR` and
 * `build-lame.sh DIR` of transcoder/image: Earshot runs with the ffmpeg and the LAME of its image, and
 * what it is compared with as Debian ships it. Linux only.
 */

/** Longer files are measured in one container and on one link: the rest would take a day. */
const ALL_CONTAINERS_UP_TO_SECONDS = 600;

async function* measureAll(
	{ only, lengths }: Options,
	bench: BenchContext,
): AsyncGenerator<Table, void> {
	for (const length of lengths) {
		const isLong = length.seconds > ALL_CONTAINERS_UP_TO_SECONDS;
		if (only.includes("local")) yield await local(length, bench);
		if (only.includes("url")) {
			for (const container of isLong ? [MP4_INDEX_LAST] : ALL_CONTAINERS) {
				yield await url(length, container, SLOW_LINK, bench);
			}
		}
		if (only.includes("fast") && !isLong) {
			for (const container of [MP4_INDEX_LAST, MKV]) {
				yield await url(length, container, LOOPBACK, bench);
			}
		}
	}
	const moderate = lengths.findLast(({ seconds }) => seconds <= ALL_CONTAINERS_UP_TO_SECONDS);
	const [first] = lengths;
	const length = moderate ?? first;
	if (only.includes("cores") && length) yield await coresSection(length, bench);
	if (only.includes("throughput")) yield await throughput(bench);
	if (only.includes("sound")) yield await sound(bench);
}

const options = readOptions(process.argv.slice(2));
const obstacle = await findObstacle(options.lengths, tmpdir());
if (obstacle) {
	console.error(`bench: ${obstacle}`);
	process.exit(1);
}
const machine = await describeMachine(options.programs);
const directory = await mkdtemp(join(tmpdir(), "earshot-bench-"));
// Broken off, it would leave gigabytes behind, and whoever is being measured.
const breakOff = () => {
	for (const pid of childrenOf(process.pid)) process.kill(pid, "SIGTERM");
	rmSync(directory, { recursive: true, force: true });
	process.exit(1);
};
process.once("SIGINT", breakOff).once("SIGTERM", breakOff);
try {
	const basesDirectory = join(directory, "bases");
	await mkdir(basesDirectory);
	const bases = await makeBases(basesDirectory);
	const programs = await findPrograms(options.programs, directory);
	const { runs } = options;
	const warmUp = await makeWarmUp(bases, directory);
	const bench = { bases, warmUp, directory, cores: availableParallelism(), programs, runs };
	const tables: Table[] = [];
	for await (const table of measureAll(options, bench)) tables.push(table);
	const report = toReport(machine, runs, tables);
	console.log(report);
	if (options.name) await writeReport(options.name, report, tables);
} finally {
	await rm(directory, { recursive: true, force: true });
}
