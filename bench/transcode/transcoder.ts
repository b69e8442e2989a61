import { spawn } from "node:child_process";
import { join } from "node:path";
import { childDeath } from "./child-death.ts";
import type { Peers } from "./peers.ts";
import type { Programs } from "./programs.ts";

const MAIN = join(import.meta.dirname, "../../transcoder/main.ts");

/** As its image starts it (transcoder/Dockerfile). */
const NODE_OPTIONS = ["--max-semi-space-size=2"];

/** The real transcoder, as its own process and with its own defaults. Disposing of it stops it. */
export function startTranscoder(peers: Peers, workDirectory: string, programs: Programs) {
	const { PATH } = process.env;
	const child = spawn(process.execPath, [...NODE_OPTIONS, MAIN], {
		env: {
			PATH,
			...programs,
			...peers.environment,
			WORK_DIR: workDirectory,
			LOG_LEVEL: "warn",
		},
		// Its warnings belong beside this program's progress, not among its results.
		stdio: ["ignore", process.stderr, "inherit"],
	});
	const { exited, died } = childDeath(child, "the transcoder");
	return {
		pid: child.pid,
		died,
		[Symbol.asyncDispose]: async () => {
			child.kill("SIGTERM");
			await exited;
		},
	};
}
