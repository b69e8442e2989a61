import { readdirSync, readFileSync } from "node:fs";

/*
 * What processes use, as Linux tells it in /proc. A process that has ended in the meantime uses
 * nothing.
 * https://man7.org/linux/man-pages/man5/proc.5.html
 */

/** The unit of /proc/PID/stat; on Linux it is 100 whatever the kernel ticks at. */
const TICKS_PER_SECOND = 100;

/**
 * Resident memory of processes and all that they have started, added up. Pages that they share
 * (ffmpeg's libraries, for one) count for each of them: it is rather too much than too little.
 */
export function treeMemoryBytes(pids: Iterable<number>): number {
	let bytes = 0;
	for (const pid of pids) bytes += memoryBytes(pid) + treeMemoryBytes(childrenOf(pid));
	return bytes;
}

/** CPU time of a process and of those children, of any depth, that have ended. */
export function cpuSeconds(pid: number): number {
	const [user = 0, system = 0, ...children] = cpuTimes(pid);
	return user + system + children.reduce((sum, time) => sum + time, 0);
}

/** CPU time of this process's children that have ended. */
export function endedChildrenCpuSeconds(): number {
	const [, , user = 0, system = 0] = cpuTimes(process.pid);
	return user + system;
}

/** utime, stime, cutime and cstime. */
function cpuTimes(pid: number): number[] {
	const stat = read(`/proc/${pid}/stat`);
	// The name before may hold anything, parentheses and spaces too.
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return fields.slice(11, 15).map((ticks) => Number(ticks) / TICKS_PER_SECOND);
}

function memoryBytes(pid: number): number {
	const [, kibibytes = 0] = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`)) ?? [];
	return Number(kibibytes) * 1024;
}

/** What a process has started and is still there; in Linux each thread has its own. */
export function childrenOf(pid: number): number[] {
	let threads: string[];
	try {
		threads = readdirSync(`/proc/${pid}/task`);
	} catch {
		return [];
	}
	const lists = threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`));
	return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

function read(path: string): string {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}
