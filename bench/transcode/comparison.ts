import type { Round } from "../in-turn.ts";
import { median } from "../median.ts";
import { type Aim, asMegabytes, asRatio, showAims } from "./aims.ts";
import type { Figures } from "./figures.ts";
import type { Table } from "./table.ts";

/** Contenders that were measured in turn, side by side; the first is what the others are held against. */
export type Comparison<Name extends string> = {
	rounds: readonly Round<Name, Figures>[];
	aims: Partial<Record<NoInfer<Name>, Aim[]>>;
};

const HEAD = [
	"",
	"wall s, median (range)",
	"÷ first row",
	"CPU s",
	"peak RSS MB",
	"temp disk MB",
	"requests",
	"read MB",
	"MP3 MB",
	"aims",
];

export function compare<Name extends string>(
	comparison: Comparison<Name>,
): Pick<Table, "head" | "rows" | "bars"> {
	const { rounds, aims } = comparison;
	const names = Object.keys(rounds[0] ?? {}) as Name[];
	const [baseline] = names;
	if (baseline === undefined) throw new Error("nothing was measured");
	const rows = names.map((name) => {
		const typical = (key: keyof Figures) => medianOf(rounds, name, key);
		const hasRead = typical("requests") > 0;
		return [
			name,
			wall(rounds.map((round) => round[name].wallSeconds)),
			asRatio(ratioOf(rounds, name, baseline)),
			typical("cpuSeconds").toFixed(2),
			megabytes(peakOf(rounds, name, "peakMemoryBytes")),
			megabytes(peakOf(rounds, name, "peakDiskBytes")),
			hasRead ? String(typical("requests")) : "",
			hasRead ? megabytes(typical("bytesRead")) : "",
			megabytes(typical("outputBytes")),
			showAims(aims[name] ?? []),
		];
	});
	const bars = names.map((name) => ({
		name,
		ratio: ratioOf(rounds, name, baseline),
		label: `${medianOf(rounds, name, "wallSeconds").toFixed(2)} s`,
		isOurs: name.startsWith("Earshot"),
	}));
	return { head: HEAD, rows, bars };
}

/** One contender's time by another's: of neighbours, so that a slow moment of the machine slows both. */
export function ratioOf<Name extends string>(
	rounds: readonly Round<Name, Figures>[],
	name: Name,
	other: Name,
): number {
	return median(rounds.map((round) => round[name].wallSeconds / round[other].wallSeconds));
}

export function medianOf<Name extends string>(
	rounds: readonly Round<Name, Figures>[],
	name: Name,
	key: keyof Figures,
): number {
	return median(rounds.map((round) => round[name][key]));
}

export function peakOf<Name extends string>(
	rounds: readonly Round<Name, Figures>[],
	name: Name,
	key: keyof Figures,
): number {
	return Math.max(...rounds.map((round) => round[name][key]));
}

function wall(seconds: number[]): string {
	const show = (value: number) => value.toFixed(value < 10 ? 3 : 1);
	return `${show(median(seconds))} (${show(Math.min(...seconds))} – ${show(Math.max(...seconds))})`;
}

const megabytes = (bytes: number) => asMegabytes(bytes).replace(" MB", "");
