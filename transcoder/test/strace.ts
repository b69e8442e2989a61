import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { findExecutable } from "../find-executable.ts";

/**
 * What programs really asked of the kernel, by strace: every file that they named, every socket
 * and every process. https://man7.org/linux/man-pages/man1/strace.1.html
 */

export type Strace = { path: string } | { missing: string };

/** Whether programs can be traced here: not everywhere is there an strace, and not each may trace. */
export async function findStrace(): Promise<Strace> {
	const path = await findExecutable("strace", process.env["PATH"]);
	if (!path) return { missing: "strace is not installed (Linux only)" };
	const trial = ["-D", "-f", "--seccomp-bpf", "-e", "trace=execve", "true"];
	const { stderr }: { stderr: string } = await promisify(execFile)(path, trial).catch(
		(error) => error,
	);
	if (/^execve\(/m.test(stderr)) return { path };
	return { missing: `strace is not permitted to trace: ${stderr.trim()}` };
}

/** Writes a file for each thread, `prefix.1234`. */
export function straceArguments(prefix: string): string[] {
	const calls = "trace=%file,%network,%process";
	const quick = ["-f", "-ff", "--seccomp-bpf"];
	return [...quick, "-q", "-y", "-s", "256", "-e", calls, "-e", "signal=none", "-o", prefix];
}

/** Who traces a process. */
export async function tracerOf(pid: number): Promise<number> {
	const status = await readFile(`/proc/${pid}/status`, "utf8");
	const [, tracer] = /^TracerPid:\s+(\d+)$/m.exec(status) ?? [];
	if (tracer === undefined || tracer === "0") throw new Error(`nobody traces ${pid}`);
	return Number(tracer);
}

export type Call = {
	/** The path of the program that made it; empty: what started the first one. */
	program: string;
	name: string;
	/** As strace writes it, with arguments and result. */
	text: string;
	/** Absolute, of the files that it names, there or not. */
	paths: string[];
	workingDirectory: string;
};

/** Every call of every thread, those of one thread in their order. */
export async function readTrace(prefix: string, startDirectory: string): Promise<Call[]> {
	const threads = await readThreads(prefix);
	const calls: Call[] = [];
	const follow = (thread: string, from: Pick<Call, "program" | "workingDirectory">) => {
		let { program, workingDirectory } = from;
		const lines = threads.get(thread) ?? [];
		threads.delete(thread);
		for (const text of lines) {
			const [, name, result] = /^(\w+)\(.*\) += (-?\w+|\?)/.exec(text) ?? [];
			if (name === undefined) continue;
			const paths = pathsOf(name, text, workingDirectory);
			const succeeded = result === "0";
			calls.push({ program, name, text, paths, workingDirectory });
			if (name.startsWith("execve") && succeeded) [program = program] = paths;
			if (name === "chdir" && succeeded) [workingDirectory = workingDirectory] = paths;
			if (BIRTHS.test(name) && Number(result) > 0) {
				follow(result ?? "", { program, workingDirectory });
			}
		}
	};
	for (const thread of startedByNobody(threads)) {
		follow(thread, { program: "", workingDirectory: startDirectory });
	}
	return calls;
}

const BIRTHS = /^(clone|clone3|fork|vfork)$/;

async function readThreads(prefix: string): Promise<Map<string, string[]>> {
	const threads = new Map<string, string[]>();
	for (const name of await readdir(dirname(prefix))) {
		const thread = name.slice(basename(prefix).length + 1);
		if (name !== `${basename(prefix)}.${thread}` || !/^\d+$/.test(thread)) continue;
		const text = await readFile(join(dirname(prefix), name), "utf8");
		threads.set(thread, text.split("\n"));
	}
	return threads;
}

function startedByNobody(threads: Map<string, string[]>): string[] {
	const births = [...threads.values()].flat().flatMap((text) => {
		const [, name = "", child] = /^(\w+)\(.*\) += (\d+)$/.exec(text) ?? [];
		return BIRTHS.test(name) && child ? [child] : [];
	});
	return [...threads.keys()].filter((thread) => !births.includes(thread));
}

/** Paths are quoted; relative ones count from the directory that stands before them, if any does. */
function pathsOf(name: string, text: string, workingDirectory: string): string[] {
	// Of these the rest is what was read, or what the program is told.
	const first = /^(execve|readlink)/.test(name);
	const quoted = [...text.matchAll(/(?:(AT_FDCWD|\d+)(?:<([^>]*)>)?, )?"((?:[^"\\]|\\.)*)"/g)];
	return (first ? quoted.slice(0, 1) : quoted)
		.filter(([, , , path]) => path !== "")
		.map(([, from, directory, path = ""]) =>
			resolve(from === "AT_FDCWD" || !directory ? workingDirectory : directory, path),
		);
}
