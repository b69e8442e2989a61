import { parseArgs } from "node:util";

/** What `npm run bench:transcode` is asked for. */

export const SECTIONS = ["local", "url", "fast", "cores", "throughput", "sound"] as const;
export type SectionName = (typeof SECTIONS)[number];

export type Length = { name: string; seconds: number };

export type Options = {
	only: readonly SectionName[];
	lengths: Length[];
	runs: number;
	/** What the tables and the chart are to be called in docs/bench; default: they are not kept. */
	name: string | undefined;
	/** The image's own ffmpeg and LAME, for Earshot alone; default: what the machine has. */
	programs: string | undefined;
};

const SECONDS = { s: 1, m: 60, h: 3600 };

export function readOptions(args: string[]): Options {
	const { values } = parseArgs({
		args,
		options: {
			only: { type: "string", default: SECTIONS.join() },
			lengths: { type: "string", default: "20s,10m" },
			runs: { type: "string", default: "5" },
			write: { type: "string" },
			programs: { type: "string" },
		},
	});
	const runs = Number(values.runs);
	if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}`);
	return {
		only: values.only.split(",").map(section),
		lengths: values.lengths.split(",").map(length),
		runs,
		name: values.write === undefined ? undefined : fileName(values.write),
		programs: values.programs,
	};
}

function fileName(text: string): string {
	if (/^[a-z0-9-]+$/.test(text)) return text;
	throw new Error(`--write ${text}: such as transcode`);
}

function section(name: string): SectionName {
	const found = SECTIONS.find((each) => each === name);
	if (!found) throw new Error(`--only ${name}: there are ${SECTIONS.join(", ")}`);
	return found;
}

function length(text: string): Length {
	const [, number, unit] = /^([1-9]\d*)([smh])$/.exec(text) ?? [];
	if (number === undefined) throw new Error(`--lengths ${text}: such as 20s, 10m or 4h`);
	const name = `${number} ${unit === "m" ? "min" : unit}`;
	return { name, seconds: Number(number) * SECONDS[unit as keyof typeof SECONDS] };
}
