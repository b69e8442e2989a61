import { readFileSync } from "node:fs";
import { childrenOf } from "../transcode/process-tree.ts";

/** The runtimes that run somewhere below this process. */
export function workerds(pid: number = process.pid): number[] {
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
