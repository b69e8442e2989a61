import { asRatio } from "../aims.ts";
import { plainFfmpeg } from "../baselines.ts";
import { type BenchContext, measureInTurn } from "../bench-context.ts";
import { medianOf, ratioOf } from "../comparison.ts";
import { encodeAlone } from "../earshot.ts";
import type { Length } from "../options.ts";
import { MP4_INDEX_LAST, makeSample } from "../samples.ts";
import type { Table } from "../table.ts";

/** One file on more and more cores, by `taskset`; on more than there are, by a model. */

const CORES = [1, 2, 4, 8];

export async function coresSection(length: Length, bench: BenchContext): Promise<Table> {
	const { bases, directory, cores } = bench;
	await using sample = await makeSample(bases, MP4_INDEX_LAST, length.seconds, directory);
	const measured = CORES.filter((count) => count <= cores);
	const plain = (count: number) => `ffmpeg, cores: ${count}`;
	const ours = (count: number) => `Earshot, cores: ${count}`;
	const title = `${length.name}, local file, by cores`;
	const contenders = measured.flatMap((count) => [
		[plain(count), () => plainFfmpeg(sample.path, directory, count)] as const,
		[ours(count), () => encodeAlone(sample.path, bench, count)] as const,
	]);
	const rounds = await measureInTurn(bench, title, length.seconds, Object.fromEntries(contenders));

	const seconds = (name: string) => medianOf(rounds, name, "wallSeconds");
	const fewest = seconds(ours(1));
	const most = Math.max(...measured);
	const model = most > 1 ? modelled(fewest, seconds(ours(most)), most) : undefined;
	const rows = CORES.map((count) => {
		if (measured.includes(count)) {
			const ratio = ratioOf(rounds, ours(count), plain(count));
			return row(count, seconds(plain(count)), seconds(ours(count)), ratio, "measured");
		}
		if (!model) return [String(count), "", "", "", "no model from one core"];
		// Plain ffmpeg gets nothing out of more cores.
		const [theirs, own] = [seconds(plain(most)), model(count)];
		return row(count, theirs, own, own / theirs, "**modelled**");
	});
	return {
		title,
		notes: [
			`Encode alone. Modelled: a part that stays and a part that is shared out, a + b ÷ cores, from the times on 1 and ${most} cores; no machine has run it.`,
		],
		head: ["cores", "ffmpeg -q:a 2, s", "Earshot, s", "ratio", ""],
		rows,
		bars: [],
	};
}

const row = (cores: number, theirs: number, own: number, ratio: number, how: string) => [
	String(cores),
	theirs.toFixed(2),
	own.toFixed(2),
	asRatio(ratio),
	how,
];

/** Amdahl's law through two measured points. */
function modelled(onOne: number, onMost: number, most: number): (cores: number) => number {
	const shared = (onOne - onMost) / (1 - 1 / most);
	return (cores) => onOne - shared + shared / cores;
}
