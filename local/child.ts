import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A child process with everything it starts, as one thing to watch and to stop. */
export interface Child {
	/** Resolves with the reason when the process has ended, wanted or not. */
	ended: Promise<string>;
	/** Asks it to end, then makes it. Resolves when nothing of it is left. */
	stop(): Promise<void>;
	/** Ends it at once, as a power cut would. */
	kill(): Promise<void>;
}

/** How long a child may take to tidy up after SIGTERM. */
const PATIENCE_MS = 8_000;

/**
 * Starts a program as the leader of its own process group, so that its children end with it, and
 * hands on each line it prints.
 */
export function startChild(
	command: string,
	args: string[],
	options: { cwd: string; env: NodeJS.ProcessEnv; onLine: (line: string) => void },
): Child {
	const child = spawn(command, args, {
		cwd: options.cwd,
		env: options.env,
		detached: true,
		stdio: ["ignore", "pipe", "pipe"],
	});
	for (const stream of [child.stdout, child.stderr]) {
		createInterface({ input: stream }).on("line", options.onLine);
	}
	const ended = endOf(child);
	return {
		ended,
		async stop() {
			signal(child, "SIGTERM");
			const timer = setTimeout(() => signal(child, "SIGKILL"), PATIENCE_MS);
			await ended;
			clearTimeout(timer);
			// What outlived its leader.
			signal(child, "SIGKILL");
		},
		async kill() {
			signal(child, "SIGKILL");
			await ended;
		},
	};
}

async function endOf(child: ChildProcess): Promise<string> {
	try {
		const [code, signalName] = await once(child, "exit");
		return signalName === null ? `exit code ${code}` : String(signalName);
	} catch (error) {
		return String(error);
	}
}

function signal(child: ChildProcess, name: NodeJS.Signals): void {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, name);
	} catch {
		// The whole group has gone already.
	}
}
