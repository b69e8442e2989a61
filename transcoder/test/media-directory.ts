import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MEDIA_DIRECTORY } from "./media.ts";

/** vitest's global setup: one directory of generated media for all workers of a run. */
export default async function setup(): Promise<() => Promise<void>> {
	const directory = await mkdtemp(join(tmpdir(), "earshot-media-"));
	process.env[MEDIA_DIRECTORY] = directory;
	return () => rm(directory, { recursive: true, force: true });
}
