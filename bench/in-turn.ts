import { median } from "./median.ts";

/*
 * Things measured in turn, A B C A B C …, because machines drift: the ratio of neighbours holds
 * when single figures do not.
 */

/** One figure of each contender, taken one after the other. */
export type Round<Name extends string, Figure> = Record<Name, Figure>;

/** How long something takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
	const startMs = performance.now();
	await work();
	return (performance.now() - startMs) / 1000;
}

/** @param warmUp one unmeasured round first: caches fill, code gets compiled. */
export async function inTurn<Name extends string, Figure>(
	runs: number,
	contenders: Record<Name, () => Promise<Figure>>,
	{ warmUp = true } = {},
): Promise<Round<Name, Figure>[]> {
	const names = Object.keys(contenders) as Name[];
	const takeTurns = async () => {
		const figures: Partial<Record<Name, Figure>> = {};
		for (const name of names) figures[name] = await contenders[name]();
		return figures as Round<Name, Figure>;
	};
	if (warmUp) await takeTurns();
	const rounds: Round<Name, Figure>[] = [];
	for (let run = 0; run < runs; run++) rounds.push(await takeTurns());
	return rounds;
}

/** Prints what to quote of two contenders: their medians, and the ratio of neighbours. */
export function report<Name extends string>(a: Name, b: Name, rounds: Round<Name, number>[]): void {
	const line = (name: Name) => {
		const values = rounds.map((round) => round[name]);
		return `  ${name.padEnd(32)} ${median(values).toFixed(3)} s  (${Math.min(...values).toFixed(3)} – ${Math.max(...values).toFixed(3)})`;
	};
	const ratio = median(rounds.map((round) => round[a] / round[b]));
	const difference = median(rounds.map((round) => round[a] - round[b]));
	console.log(`
${line(a)}
${line(b)}
  ratio ${ratio.toFixed(2)}, difference ${difference.toFixed(3)} s (medians of ${rounds.length} pairs)`);
}
