import { treeMemoryBytes } from "../transcode/process-tree.ts";
import { workerds } from "./workerds.ts";

/** How often memory is looked at. */
const INTERVAL_MS = 20;

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
