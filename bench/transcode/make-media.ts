import { FFMPEG, runCommand } from "./command.ts";

/** Has ffmpeg make a file, and answers its path. */
export async function makeMedia(path: string, args: readonly string[]): Promise<string> {
	await runCommand(FFMPEG, ["-v", "error", "-nostdin", "-y", ...args, path]);
	return path;
}
