import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BenchContext } from "./bench-context.ts";
import { startEncoder } from "./encoder.ts";
import { type Figures, openScratch, takeFigures } from "./figures.ts";
import type { Peers } from "./peers.ts";
import { startTranscoder } from "./transcoder.ts";

/** Earshot's own ways, of which the transcoder's message is the real one. */

/** A video, as a file and where the store hands it out. */
export type Stored = { path: string; url: string };

type Place = Pick<BenchContext, "directory" | "programs">;

type Staff = {
	/** Processes. */
	transcoders?: number;
	/** Whether they have converted something before. */
	isWarm?: boolean;
};

/** The encode, from a local file, without the fetching, probing, checking and storing around it. */
export async function encodeAlone(
	input: string,
	{ directory, programs }: Place,
	cores?: number,
): Promise<Figures> {
	await using scratch = await openScratch(directory);
	await using encoder = await startEncoder(input, scratch.path, programs, cores);
	const outputs = [join(scratch.path, "output.mp3")];
	return await takeFigures({ directory: scratch.path, outputs }, (watch) => {
		watch(encoder.pid);
		return encoder.encode();
	});
}

/**
 * Whole jobs, by real transcoders: from the first claim until every MP3 is stored and settled. How
 * long messages wait before is not in it, nor what a transcoder has converted before.
 */
export async function wholeJobs(
	videos: readonly Stored[],
	peers: Peers,
	{ directory, programs, warmUp }: Place & Pick<BenchContext, "warmUp">,
	{ transcoders = 1, isWarm = false }: Staff = {},
): Promise<Figures> {
	await using scratch = await openScratch(directory);
	// What is stored is no temporary file, so it is kept apart.
	const [work, stored] = [join(scratch.path, "work"), join(scratch.path, "stored")];
	await Promise.all([mkdir(work), mkdir(stored)]);
	const outputs = videos.map((_, index) => join(stored, `${index}.mp3`));

	await using processes = new AsyncDisposableStack();
	const running = Array.from({ length: transcoders }, () =>
		processes.use(startTranscoder(peers, work, programs)),
	);
	const orDeath = <Value>(wanted: Promise<Value>) =>
		Promise.race([wanted, ...running.map(({ died }) => died)]);
	if (isWarm) {
		const before = warmUp.map((path) => ({ path, url: peers.share(path) }));
		const thrownAway = warmUp.map((_, index) => join(scratch.path, `warm-up-${index}.mp3`));
		await orDeath((await enqueue(before, thrownAway, peers)).allSettled);
	}
	const { claimed, allSettled } = await enqueue(videos, outputs, peers);
	await orDeath(claimed);
	const { traffic } = peers;
	return await takeFigures({ directory: work, outputs, traffic }, (watch) => {
		for (const { pid } of running) watch(pid);
		return orDeath(allSettled);
	});
}

/** The first claimed of them, and all settled. */
async function enqueue(videos: readonly Stored[], outputs: readonly string[], peers: Peers) {
	const sources = [];
	for (const { path, url } of videos) sources.push({ url, sizeBytes: (await stat(path)).size });
	const jobs = sources.map((source, index) => peers.enqueue(source, outputs[index] ?? ""));
	const allSettled = Promise.all(jobs.map(({ settled }) => settled));
	// One that fails before anybody waits for it is heard of all the same.
	allSettled.catch(() => {});
	return { claimed: Promise.race(jobs.map(({ claimed }) => claimed)), allSettled };
}
