import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Bases } from "./bases.ts";
import { MKV, MP4_INDEX_LAST, makeSample } from "./samples.ts";

const SECONDS = 20;

/**
 * What a transcoder converts before it is measured: a process compiles its code once, and serves for
 * weeks. One video of each kind of way that a source can come.
 */
export async function makeWarmUp(bases: Bases, parent: string): Promise<string[]> {
	const directory = join(parent, "warm-up");
	await mkdir(directory);
	const paths: string[] = [];
	for (const container of [MP4_INDEX_LAST, MKV]) {
		paths.push((await makeSample(bases, container, SECONDS, directory)).path);
	}
	return paths;
}
