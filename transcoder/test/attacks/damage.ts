import { readFile } from "node:fs/promises";
import { CLIP_NAMES, type Clip, clip } from "../media.ts";
import { seeded } from "../seeded.ts";
import type { Attack } from "./attack.ts";

/** Every container, cut off and with wrong bits in it: the same bits in every run. */

const KEPT = [0.02, 0.4, 0.9];
const SEEDS = [0x2545f491, 0x9e3779b9];

/** Flipped: enough to hit sizes and tables, few enough to leave a file that is gone into. */
const FLIPS = 24;
/** The half of the flips that go here, where headers are. */
const HEAD_BYTES = 2_048;

export function damage(): Attack[] {
	return CLIP_NAMES.flatMap((kind) => [
		...KEPT.map((share) => ({
			name: `${kind} cut off after ${100 * share} %`,
			bytes: () => cutOff(kind, share),
			end: "either" as const,
		})),
		...SEEDS.map((seed, at) => ({
			name: `${kind} with wrong bits (${at + 1})`,
			bytes: () => withWrongBits(kind, seed),
			end: "either" as const,
		})),
	]);
}

async function cutOff(kind: Clip, share: number): Promise<Uint8Array> {
	const bytes = await readFile(await clip(kind));
	return bytes.subarray(0, Math.ceil(bytes.length * share));
}

async function withWrongBits(kind: Clip, seed: number): Promise<Uint8Array> {
	const bytes = await readFile(await clip(kind));
	const random = seeded(seed);
	for (let flip = 0; flip < FLIPS; flip++) {
		const at = random(flip % 2 === 0 ? Math.min(HEAD_BYTES, bytes.length) : bytes.length);
		bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
	}
	return bytes;
}
