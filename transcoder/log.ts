import { type LogFields, type LogLevel, logLine } from "#contracts/log-line.ts";

/** The transcoder's log: what is bound (`conversionId`) stands in every further line. */

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

export type Log = Record<LogLevel, (event: string, fields?: LogFields) => void> & {
	/** The same log with fields that every further line carries. */
	bind: (fields: LogFields) => Log;
};

export function createLog(
	lowest: LogLevel,
	write: (line: string) => void,
	bound: LogFields = {},
): Log {
	const at = (level: LogLevel) => (event: string, fields?: LogFields) => {
		if (levels.indexOf(level) < levels.indexOf(lowest)) return;
		write(`${logLine("transcoder", level, event, { ...bound, ...fields })}\n`);
	};
	return {
		debug: at("debug"),
		info: at("info"),
		warn: at("warn"),
		error: at("error"),
		bind: (fields) => createLog(lowest, write, { ...bound, ...fields }),
	};
}
