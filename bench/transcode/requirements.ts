import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import process from "node:process";
import { SAMPLE_BYTES_PER_SECOND } from "./bases.ts";
import type { Length } from "./options.ts";

/** Why this machine cannot take the figures; `undefined`: it can. */
export async function findObstacle(
	lengths: readonly Length[],
	directory: string,
): Promise<string | undefined> {
	// CONFIG_PROC_CHILDREN, which all distributions have.
	if (!existsSync(`/proc/self/task/${process.pid}/children`)) {
		return "CPU time and memory of a tree of processes are read from /proc/PID/task/TID/children, which only Linux has";
	}
	const needed = neededBytes(lengths);
	const { bavail, bsize } = await statfs(directory);
	if (bavail * bsize >= needed) return undefined;
	const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
	return `${gigabytes(needed)} of disk are needed in the system's temp directory for samples of these lengths, and ${gigabytes(bavail * bsize)} are free`;
}

/** One sample at a time, downloaded once more, with its MP3; and the mixed files. */
function neededBytes(lengths: readonly Length[]): number {
	const longest = Math.max(...lengths.map(({ seconds }) => seconds));
	return longest * SAMPLE_BYTES_PER_SECOND * 2.3 + 2e9;
}
