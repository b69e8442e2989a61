import { readFile } from "node:fs/promises";

/**
 * How many processes this one's user may have at most, where the system says. Linux allows half of
 * what fits into memory, which on a small machine is less than we would set; and nobody but root
 * may set more than there is.
 */
export async function hardProcessLimit(): Promise<number> {
	const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
	const [, hard] = /^Max processes +\S+ +(\d+)/m.exec(limits) ?? [];
	return hard === undefined ? Number.POSITIVE_INFINITY : Number(hard);
}
