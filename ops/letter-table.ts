import type { DeadLetter } from "#db/schema/dead-letters.ts";

/** What fits on a line beside the rest. */
const SHOWN_CHARACTERS = 100;

const HEAD = ["ID", "QUEUE", "RECEIVED", "REQUEUED", "MESSAGE"];

/** Letters as a table for people: a line each. */
export function letterTable(letters: readonly DeadLetter[]): string {
	const rows = letters.map(({ id, queue, body, receivedAtMs, requeuedAtMs }) => [
		id,
		queue,
		time(receivedAtMs),
		requeuedAtMs === null ? "-" : time(requeuedAtMs),
		shown(JSON.stringify(body)),
	]);
	const lines = [HEAD, ...rows];
	const widths = HEAD.map((_, column) =>
		Math.max(...lines.map((line) => line[column]?.length ?? 0)),
	);
	return lines
		.map((line) => line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
		.map((line) => line.trimEnd())
		.join("\n");
}

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace("T", " ");

/** Whoever wrote it draws nothing on the terminal: JSON escapes only some of what could. */
function shown(text: string): string {
	const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\uFFFD");
	return plain.length > SHOWN_CHARACTERS ? `${plain.slice(0, SHOWN_CHARACTERS)}…` : plain;
}
