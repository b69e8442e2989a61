import { median } from "./median.ts";

/*
 * Two things measured in turn, because machines drift: the ratio of neighbours holds when single
 * figures do not.
 */

/** How long something takes. */
export async function seconds(work: () => Promise<unknown>): Promise<number> {
	const startMs = performance.now();
	await work();
	return (performance.now() - startMs) / 1000;
}

/** Runs two things in turn, A B A B …, after one unmeasured round. */
export async function inTurn(
	runs: number,
	a: () => Promise<number>,
	b: () => Promise<number>,
): Promise<[number, number][]> {
	await a();
	await b();
	const pairs: [number, number][] = [];
	for (let run = 0; run < runs; run++) pairs.push([await a(), await b()]);
	return pairs;
}

/** Prints the two side by side, and what to quote: the ratio of the pairs. */
export function report(a: string, b: string, pairs: [number, number][]): void {
	const line = (name: string, values: number[]) =>
		`  ${name.padEnd(32)} ${median(values).toFixed(3)} s  (${Math.min(...values).toFixed(3)} – ${Math.max(...values).toFixed(3)})`;
	const ratio = median(pairs.map(([x, y]) => x / y));
	const difference = median(pairs.map(([x, y]) => x - y));
	console.log(`
${line(
	a,
	pairs.map(([x]) => x),
)}
${line(
	b,
	pairs.map(([, y]) => y),
)}
  ratio ${ratio.toFixed(2)}, difference ${difference.toFixed(3)} s (medians of ${pairs.length} pairs)`);
}
