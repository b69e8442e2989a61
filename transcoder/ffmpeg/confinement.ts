import { MEDIA_NICENESS, type MediaLimits } from "../limits.ts";

/** How a media program is started: through launchers, where they are there. */
export type Confinement = {
	/** Sets the limits. Absent outside Linux, where these are done without. */
	prlimit: string | undefined;
	/** Lets the program die with this process, and gain no privileges. As with prlimit. */
	setpriv: string | undefined;
	/** Lets everything else go first. */
	nice: string | undefined;
	limits: MediaLimits;
};

/**
 * https://man7.org/linux/man-pages/man1/prlimit.1.html
 * https://man7.org/linux/man-pages/man1/setpriv.1.html
 * https://man7.org/linux/man-pages/man1/nice.1.html
 */
export function confined(
	{ prlimit, setpriv, nice, limits }: Confinement,
	program: string,
	args: readonly string[],
): [program: string, args: string[]] {
	const launchers: string[][] = [];
	// A transcoder that is killed cannot kill its ffmpeg; then the kernel does.
	if (setpriv) launchers.push([setpriv, "--pdeathsig", "KILL", "--no-new-privs", "--"]);
	if (prlimit) {
		launchers.push([
			prlimit,
			`--as=${limits.addressSpaceBytes}`,
			`--cpu=${limits.cpuSeconds}`,
			`--fsize=${limits.fileBytes}`,
			`--nofile=${limits.openFiles}`,
			`--nproc=${limits.processes}`,
			"--core=0",
			"--",
		]);
	}
	if (nice) launchers.push([nice, "-n", String(MEDIA_NICENESS), "--"]);
	const [first = program, ...rest] = [...launchers.flat(), program, ...args];
	return [first, rest];
}
