import type { ConversionDocument } from "#contracts/conversion-document.ts";
import type { Conversion } from "#db/schema/conversions.ts";

/** A row as its owner sees it. */
export function conversionDocument(row: Conversion): ConversionDocument {
	const isFinal = row.status === "done" || row.status === "failed";
	const outcome = isFinal ? row.outcome : null;
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
		links: {
			self,
			link: row.status === "done" ? `${self}/link` : null,
			download: row.status === "done" ? `/download?fid=${row.id}` : null,
		},
	};
}

const timestamp = (ms: number): string => new Date(ms).toISOString();
