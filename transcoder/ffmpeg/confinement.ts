import type { MediaLimits } from "../limits.ts";

/** How a media program is started under limits: through prlimit, where there is one. */
export type Confinement = {
	/** Absent outside Linux, where these limits are done without. */
	prlimit: string | undefined;
	limits: MediaLimits;
};

/** https://man7.org/linux/man-pages/man1/prlimit.1.html */
export function confined(
	{ prlimit, limits }: Confinement,
	program: string,
	args: readonly string[],
): [program: string, args: string[]] {
	if (prlimit === undefined) return [program, [...args]];
	const flags = [
		`--as=${limits.addressSpaceBytes}`,
		`--cpu=${limits.cpuSeconds}`,
		`--fsize=${limits.fileBytes}`,
		`--nofile=${limits.openFiles}`,
		"--core=0",
	];
	return [prlimit, [...flags, "--", program, ...args]];
}
