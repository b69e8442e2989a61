/** A table of the report, with the bars that draw it. */
export type Table = {
	title: string;
	/** What to know when reading it, a paragraph each. */
	notes: string[];
	head: string[];
	rows: string[][];
	bars: Bar[];
};

/** A contender, relative to the one that the others are measured by. */
export type Bar = { name: string; ratio: number; label: string; isOurs: boolean };

export function toMarkdown({ title, notes, head, rows }: Table): string {
	const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
	const ruler = head.map((_, column) => (column === 0 ? "---" : "--:"));
	return [`## ${title}`, ...notes, [line(head), line(ruler), ...rows.map(line)].join("\n")].join(
		"\n\n",
	);
}
