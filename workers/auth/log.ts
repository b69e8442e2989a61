import { type LogFields, type LogLevel, logLine } from "#contracts/log-line.ts";

export function log(level: LogLevel, event: string, fields: LogFields): void {
	console[level](logLine("auth", level, event, fields));
}
