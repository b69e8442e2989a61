import { execFile } from "node:child_process";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import process from "node:process";
import { promisify } from "node:util";
import { FFMPEG } from "./command.ts";

/** What figures depend on, and nothing that tells whose machine it is. `programs`: Earshot's own. */
export async function describeMachine(programs: string | undefined): Promise<string> {
	const { stdout } = await promisify(execFile)(FFMPEG, ["-version"]);
	const [, , ffmpeg = "unknown"] = stdout.split(/\s+/);
	const [load = 0] = loadavg();
	return [
		`${availableParallelism()} cores (${cpus()[0]?.model ?? "unknown"})`,
		`${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
		`ffmpeg ${ffmpeg}${programs === undefined ? "" : " (Earshot's own: its image's)"}`,
		`Node ${process.versions.node}`,
		`load before the start ${load.toFixed(2)}`,
	].join(", ");
}
