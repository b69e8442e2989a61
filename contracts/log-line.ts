/** Fields of one event. Never a capability URL, a token or a password. */
export type LogFields = Record<
	string,
	string | number | boolean | null | undefined | readonly string[]
>;

export type LogLevel = "debug" | "info" | "warn" | "error";

/**
 * One log line: a JSON object on one line, the same in every part of Earshot, so that one query
 * finds a conversion's whole way by its `conversionId`.
 *
 * @param event what happened, in snake_case: `conversion_finished`.
 */
export function logLine(part: string, level: LogLevel, event: string, fields: LogFields): string {
	return JSON.stringify({ time: new Date().toISOString(), level, part, event, ...fields });
}

/** What a thrown value says, for the field `error` of a log line. */
export function describeError(error: unknown): string {
	return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
