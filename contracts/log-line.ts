/** Fields of one event. Never a capability URL, a token or a password. */
export type LogFields = Record<
	string,
	string | number | boolean | null | undefined | readonly string[]
>;

export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * One log line: a JSON object on one line, the same in every part of Earshot, so that one query
 * finds a conversion's whole way by its `conversionId`. Names that strangers chose may be in it:
 * what would draw on a terminal, turn its reading direction or break the line stands escaped.
 *
 * @param event what happened, in snake_case: `conversion_finished`.
 */
export function logLine(part: string, level: LogLevel, event: string, fields: LogFields): string {
	const line = JSON.stringify({ time: new Date().toISOString(), level, part, event, ...fields });
	return line.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);
}

/** In UTF-16, as JSON has it. */
function escaped(character: string): string {
	const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
	return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}

/** Before what Drizzle's message about a failed query has of addresses, hashes and the like. */
const PARAMETERS = "\nparams: ";

/**
 * What a thrown value says, for the field `error` of a log line. Of a failed query it says which one
 * and why, and not with what.
 */
export function describeError(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const { name, message, cause } = error;
	if (!message.includes(PARAMETERS)) return `${name}: ${message}`;
	const [query] = message.split(PARAMETERS);
	return cause === undefined ? `${name}: ${query}` : `${name}: ${query} (${describeError(cause)})`;
}
