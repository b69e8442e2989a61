import { spawn } from "node:child_process";
import { FFMPEG } from "./command.ts";

/** The size of a file's sound as it is stored: its packets, and nothing of the container. */
export async function soundBytes(path: string): Promise<number> {
	const packets = ["-map", "0:a:0", "-c", "copy", "-f", "data", "-"];
	const reader = spawn(FFMPEG, ["-v", "error", "-i", path, ...packets], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	let bytes = 0;
	for await (const chunk of reader.stdout) bytes += chunk.length;
	if (bytes === 0) throw new Error("a sample without sound");
	return bytes;
}
