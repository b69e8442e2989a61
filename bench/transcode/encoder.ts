import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { childDeath } from "./child-death.ts";
import { onCores } from "./on-cores.ts";
import type { Programs } from "./programs.ts";

const SCRIPT = join(import.meta.dirname, "children/encode-file.ts");

/**
 * The transcoder's encode in a process of its own, ready to begin: a transcoder too has started,
 * and looked the file over, before it encodes.
 */
export async function startEncoder(
	input: string,
	directory: string,
	programs: Programs,
	cores?: number,
) {
	const [command, args] = onCores(cores, process.execPath, [SCRIPT, input, directory]);
	const child = spawn(command, args, {
		env: { ...process.env, ...programs },
		stdio: ["ignore", "inherit", "inherit", "ipc"],
	});
	const { exited, died } = childDeath(child, "the encoder");
	const hear = () => Promise.race([once(child, "message"), died]);
	await hear();
	return {
		pid: child.pid,
		encode: async () => {
			const finished = hear();
			child.send("go");
			await finished;
		},
		[Symbol.asyncDispose]: async () => {
			if (child.connected) child.send("end");
			await exited;
		},
	};
}
