import { inTurn, type Round } from "../in-turn.ts";
import { LONG_SECONDS } from "./aims.ts";
import type { Bases } from "./bases.ts";
import type { Figures } from "./figures.ts";
import type { Programs } from "./programs.ts";

/** What all sections need. */
export type BenchContext = {
	bases: Bases;
	/** Videos that transcoders convert before they are measured. */
	warmUp: readonly string[];
	/** For samples and contenders' files. */
	directory: string;
	cores: number;
	/** Earshot's. */
	programs: Programs;
	runs: number;
};

/** Measures in turn and tells how it goes: some of it takes an hour. */
export async function measureInTurn<Name extends string>(
	{ runs }: BenchContext,
	title: string,
	seconds: number,
	contenders: Record<Name, () => Promise<Figures>>,
): Promise<Round<Name, Figures>[]> {
	console.error(title);
	const told = Object.fromEntries(
		Object.entries<() => Promise<Figures>>(contenders).map(([name, contender]) => [
			name,
			async () => {
				const figures = await contender();
				console.error(`  ${figures.wallSeconds.toFixed(2).padStart(8)} s  ${name}`);
				return figures;
			},
		]),
	) as typeof contenders;
	// What starting up and cold caches cost is lost in a long file's time.
	return await inTurn(runs, told, { warmUp: seconds <= LONG_SECONDS });
}
