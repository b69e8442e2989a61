import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ABANDONED_AFTER_MS } from "./limits.ts";

/**
 * WORK_DIR holds one directory for each running transcoder, and in it one for each job:
 *
 *     WORK_DIR/run-Xy12ab/alive        touched at every turn of the loop
 *     WORK_DIR/run-Xy12ab/job-Cd34ef/  one job's source and MP3
 *
 * Whether an owner still lives is told by the age of `alive` and not by a process id, because
 * containers that share a volume do not share process ids.
 */

const RUN_PREFIX = "run-";
const ALIVE_FILE = "alive";

export type RunDirectory = {
	/** Says that the owner lives. */
	touch: () => Promise<void>;
	/** How long ago it last did. */
	silenceMs: () => Promise<number>;
	/** Disposing of the job's directory deletes it. */
	openJobDirectory: () => Promise<AsyncDisposable & { path: string }>;
} & AsyncDisposable;

export async function openRunDirectory(workDirectory: string): Promise<RunDirectory> {
	await mkdir(workDirectory, { recursive: true });
	const path = await mkdtemp(join(workDirectory, RUN_PREFIX));
	const touch = () => writeFile(join(path, ALIVE_FILE), "");
	await touch();
	return {
		touch,
		silenceMs: () => silentForMs(path),
		openJobDirectory: async () => temporary(await mkdtemp(join(path, "job-"))),
		...temporary(path),
	};
}

/** Deletes what transcoders left behind that were killed; answers how many. */
export async function sweepAbandonedRuns(workDirectory: string): Promise<number> {
	let swept = 0;
	for (const path of await runDirectories(workDirectory)) {
		if ((await silentForMs(path)) < ABANDONED_AFTER_MS) continue;
		await rm(path, { recursive: true, force: true });
		swept++;
	}
	return swept;
}

/** How long ago the liveliest transcoder of this directory showed itself. */
export async function shortestSilenceMs(workDirectory: string): Promise<number> {
	const paths = await runDirectories(workDirectory);
	return Math.min(...(await Promise.all(paths.map(silentForMs))));
}

async function runDirectories(workDirectory: string): Promise<string[]> {
	const names = await readdir(workDirectory).catch(() => []);
	return names
		.filter((name) => name.startsWith(RUN_PREFIX))
		.map((name) => join(workDirectory, name));
}

async function silentForMs(runDirectory: string): Promise<number> {
	const alive = await stat(join(runDirectory, ALIVE_FILE)).catch(() => undefined);
	// A directory without the file was made this very moment, or its owner died that early.
	const lastSign = alive ?? (await stat(runDirectory).catch(() => undefined));
	return lastSign ? Date.now() - lastSign.mtimeMs : Number.POSITIVE_INFINITY;
}

function temporary(path: string): AsyncDisposable & { path: string } {
	return {
		path,
		[Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
	};
}
