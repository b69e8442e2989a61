import type { ConversionDocument } from "#contracts/conversion-document.ts";
import { isOver, isRestartable, isRunning } from "../conversion-status.ts";
import type { ShownConversion } from "../schema/conversions.ts";

/** A row as its owner sees it. */
export function conversionDocument(row: ShownConversion): ConversionDocument {
	// What has been settled is not final before notify says so.
	const outcome = isOver(row) ? row.outcome : null;
	const self = `/conversions/${row.id}`;
	return {
		id: row.id,
		status: row.status,
		phase: row.phase,
		progress: row.progress,
		speed: row.status === "converting" ? row.speed : null,
		filename: row.filename,
		options: row.options,
		source: {
			sizeBytes: row.sourceSizeBytes,
			...(outcome?.type === "converted" && outcome.source),
		},
		output: outcome?.type === "converted" ? outcome.output : null,
		error: outcome?.type === "failed" ? outcome.error : null,
		createdAt: timestamp(row.createdAtMs),
		startedAt: row.startedAtMs === null ? null : timestamp(row.startedAtMs),
		finishedAt: row.finishedAtMs === null ? null : timestamp(row.finishedAtMs),
		expiresAt: row.expiresAtMs === null ? null : timestamp(row.expiresAtMs),
		links: {
			self,
			events: `${self}/events`,
			download: row.status === "done" ? `/download?fid=${row.id}` : null,
			link: row.status === "done" ? `${self}/link` : null,
			cancel: isRunning(row) ? `${self}/cancel` : null,
			retry: isRestartable(row) ? `${self}/retry` : null,
		},
	};
}

const timestamp = (ms: number): string => new Date(ms).toISOString();
