import { spawn } from "node:child_process";
import { once } from "node:events";

/** The ffmpeg that everybody here uses, the transcoder too. */
export const FFMPEG = process.env["FFMPEG_PATH"] ?? "ffmpeg";

/** Runs a program to its end and throws when it fails. What it complains of is shown. */
export async function runCommand(
	command: string,
	args: readonly string[],
	onStart: (pid: number | undefined) => void = () => {},
): Promise<void> {
	const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
	const ended = once(child, "exit");
	onStart(child.pid);
	const [code, signal] = await ended;
	if (code !== 0) throw new Error(`${command} ended with ${signal ?? code}`);
}

/** What anybody would type. */
export function plainEncode(input: string, output: string): string[] {
	const quality = ["-vn", "-c:a", "libmp3lame", "-q:a", "2"];
	return ["-v", "error", "-nostdin", "-y", "-i", input, ...quality, output];
}
