import { diskUsageBytes } from "./disk-usage.ts";
import { cpuSeconds, endedChildrenCpuSeconds, treeMemoryBytes } from "./process-tree.ts";

/** What a piece of work takes. */
export type Usage = {
	wallSeconds: number;
	/** Of the processes that were named, and of all that they started. */
	cpuSeconds: number;
	/** The most that was seen, at every look: a peak between two looks is missed. */
	peakMemoryBytes: number;
	peakDiskBytes: number;
};

const LOOK_EVERY_MS = 50;

/**
 * @param directory where the work keeps its files.
 * @param work names the processes that do it: children of this one.
 */
export async function measure(
	directory: string,
	work: (watch: (pid: number | undefined) => void) => Promise<unknown>,
): Promise<Usage> {
	/** With the CPU time that each had used before. */
	const watched = new Map<number, number>();
	const watch = (pid: number | undefined) => {
		if (pid !== undefined) watched.set(pid, cpuSeconds(pid));
	};
	let [peakMemoryBytes, peakDiskBytes] = [0, 0];
	const look = () => {
		peakMemoryBytes = Math.max(peakMemoryBytes, treeMemoryBytes(watched.keys()));
		peakDiskBytes = Math.max(peakDiskBytes, diskUsageBytes(directory));
	};
	const looking = setInterval(look, LOOK_EVERY_MS);
	const endedBefore = endedChildrenCpuSeconds();
	const startMs = performance.now();
	try {
		await work(watch);
	} finally {
		clearInterval(looking);
	}
	const wallSeconds = (performance.now() - startMs) / 1000;
	look();
	let used = endedChildrenCpuSeconds() - endedBefore;
	// Those that go on, as transcoders do.
	for (const [pid, before] of watched) used += Math.max(0, cpuSeconds(pid) - before);
	return { wallSeconds, cpuSeconds: used, peakMemoryBytes, peakDiskBytes };
}
