import { basename, sep } from "node:path";
import type { Call } from "./strace.ts";

/** Whatever a media program did besides its job. */

const MEDIA = new Set(["ffmpeg", "ffprobe"]);
const SOCKETS =
	/^(socket|socketpair|connect|bind|listen|accept4?|send(to|msg|mmsg)|recv(from|msg|mmsg)|(get|set)sockopt)$/;
const OTHER_PROCESS = /^(clone|clone3|fork|vfork|execve|execveat)$/;

/**
 * libc's tables for other character sets: the titles in a transport stream, say, are seldom UTF-8.
 * Which one is opened the file decides, out of a list that is in ffmpeg.
 */
const CHARACTER_SETS = /^\/usr\/lib\S*\/gconv\/(gconv-modules\S*|[\w-]+\.so)$/;

/**
 * Calls that name files outside of the job's directory, or what attacks aim at, and any that have
 * to do with sockets or other processes. `usual`: what these programs open before they have read
 * a word: libraries, and what those want to know about the machine.
 */
export function trespasses(calls: readonly Call[], usual: ReadonlySet<string>): string[] {
	return ofMedia(calls)
		.filter(
			(call) =>
				SOCKETS.test(call.name) ||
				(OTHER_PROCESS.test(call.name) && !call.text.includes("CLONE_THREAD")) ||
				/canary|passwd/.test(call.text) ||
				call.paths.some((path) => !usual.has(path) && !isInnocent(path, call)),
		)
		.map(({ text }) => text);
}

export function ofMedia(calls: readonly Call[]): Call[] {
	return calls.filter(({ program }) => MEDIA.has(basename(program)));
}

function isInnocent(path: string, { workingDirectory }: Call): boolean {
	return path.startsWith(workingDirectory + sep) || CHARACTER_SETS.test(path);
}
