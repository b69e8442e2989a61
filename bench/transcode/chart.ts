import type { Table } from "./table.ts";

/**
 * The tables' times as bars, each group beside its baseline, which is 1×. An SVG that goes by the
 * reader's light or dark scheme, with its own background where a page ignores that.
 */

const WIDTH = 800;
const NAME_WIDTH = 210;
const VALUE_WIDTH = 120;
const MARGIN = 20;
const BAR_HEIGHT = 16;
const ROW_HEIGHT = 24;
const GROUP_TITLE_HEIGHT = 34;
const TOP = 56;
/** Longer bars are cut off: their figure says how long they would be. */
const LONGEST_RATIO = 4;
const BARS_WIDTH = WIDTH - 2 * MARGIN - NAME_WIDTH - VALUE_WIDTH;

const STYLE = `
	svg { font-family: system-ui, sans-serif; font-size: 12px; }
	.ground { fill: #ffffff; }
	text { fill: #1f2328; }
	.title { font-size: 16px; font-weight: 600; }
	.group { font-size: 13px; font-weight: 600; }
	.faint { fill: #59636e; }
	.value { text-anchor: end; }
	.bar { fill: #aab4bf; }
	.ours { fill: #0b7285; }
	.one { stroke: #59636e; stroke-dasharray: 3 3; }
	@media (prefers-color-scheme: dark) {
		.ground { fill: #0d1117; }
		text { fill: #e6edf3; }
		.faint { fill: #9aa5b1; }
		.bar { fill: #57606a; }
		.ours { fill: #3bc9db; }
		.one { stroke: #9aa5b1; }
	}`;

export function toSvg(tables: readonly Table[]): string {
	const ratios = tables.flatMap(({ bars }) => bars.map(({ ratio }) => ratio));
	const widest = Math.min(LONGEST_RATIO, Math.max(1, ...ratios));
	const parts: string[] = [];
	let y = TOP;
	for (const { title, bars } of tables) {
		if (bars.length === 0) continue;
		parts.push(text(MARGIN, y + 22, title, "group"));
		y += GROUP_TITLE_HEIGHT;
		const top = y;
		for (const { name, ratio, label, isOurs } of bars) {
			const width = (Math.min(ratio, widest) / widest) * BARS_WIDTH;
			const left = MARGIN + NAME_WIDTH;
			const baseline = y + BAR_HEIGHT - 4;
			parts.push(
				text(MARGIN, baseline, name),
				`<rect class="${isOurs ? "ours" : "bar"}" x="${left}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" rx="2"/>`,
				text(WIDTH - MARGIN, baseline, `${ratio.toFixed(2)}× · ${label}`, "faint value"),
			);
			y += ROW_HEIGHT;
		}
		const one = MARGIN + NAME_WIDTH + BARS_WIDTH / widest;
		parts.push(
			`<line class="one" x1="${one.toFixed(1)}" x2="${one.toFixed(1)}" y1="${top - 4}" y2="${y - 4}"/>`,
		);
	}
	const height = y + MARGIN;
	return [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Time to convert, by contender">`,
		`<style>${STYLE}\n</style>`,
		`<rect class="ground" width="${WIDTH}" height="${height}"/>`,
		text(MARGIN, 28, "Time to convert: shorter is better", "title"),
		text(MARGIN, 48, "1× (dashed) is plain ffmpeg, on the file or on its URL", "faint"),
		...parts,
		"</svg>\n",
	].join("\n");
}

function text(x: number, y: number, content: string, style?: string): string {
	const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
	return `<text x="${x.toFixed(1)}" y="${y}"${style ? ` class="${style}"` : ""}>${escaped}</text>`;
}
