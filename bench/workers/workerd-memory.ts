import { readFileSync } from "node:fs";
import { childrenOf, treeMemoryBytes } from "../transcode/process-tree.ts";

/** How often memory is looked at. */
const INTERVAL_MS = 20;

/** The runtimes that run somewhere below this process. */
function workerds(pid: number = process.pid): number[] {
	return childrenOf(pid).flatMap((child) => (isWorkerd(child) ? [child] : workerds(child)));
}

function isWorkerd(pid: number): boolean {
	try {
		return readFileSync(`/proc/${pid}/comm`, "utf8") === "workerd\n";
	} catch {
		// Gone in the meantime.
		return false;
	}
}

/** Does some work; says how much more memory the runtimes had at most than before it. */
export async function memoryBeyondIdle(work: () => Promise<unknown>): Promise<number> {
	const pids = workerds();
	const idleBytes = treeMemoryBytes(pids);
	let peakBytes = idleBytes;
	const timer = setInterval(() => {
		peakBytes = Math.max(peakBytes, treeMemoryBytes(pids));
	}, INTERVAL_MS);
	try {
		await work();
	} finally {
		clearInterval(timer);
	}
	return peakBytes - idleBytes;
}
