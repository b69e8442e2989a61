import { cpuSeconds } from "../transcode/process-tree.ts";
import { workerds } from "./workerds.ts";

/** Does some work; says how much CPU time the runtimes spent meanwhile, in seconds. */
export async function cpuSecondsOf(work: () => Promise<unknown>): Promise<number> {
	const pids = workerds();
	const spent = () => pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0);
	const before = spent();
	await work();
	return spent() - before;
}
