import { mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { measure, type Usage } from "./measure.ts";
import type { Traffic } from "./object-store.ts";

/** All that is measured of one way from a video to its MP3. */
export type Figures = Usage & Traffic & { outputBytes: number };

/** A directory of a contender's own. Disposing of it deletes it. */
export async function openScratch(directory: string) {
	const path = await mkdtemp(join(directory, "contender-"));
	return {
		path,
		[Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
	};
}

/**
 * @param traffic of the store that is read from; it belongs to this work alone.
 * @param outputs the files that the work makes.
 */
export async function takeFigures(
	{ directory, outputs, traffic }: { directory: string; outputs: string[]; traffic?: Traffic },
	work: Parameters<typeof measure>[1],
): Promise<Figures> {
	const before = { requests: 0, bytesRead: 0, ...traffic };
	const usage = await measure(directory, work);
	const after = { requests: 0, bytesRead: 0, ...traffic };
	const sizes = await Promise.all(outputs.map(async (path) => (await stat(path)).size));
	return {
		...usage,
		requests: after.requests - before.requests,
		bytesRead: after.bytesRead - before.bytesRead,
		outputBytes: sizes.reduce((sum, size) => sum + size, 0),
	};
}
