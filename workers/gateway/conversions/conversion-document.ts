import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { OutputFacts, SourceFacts } from "#contracts/conversion-outcome.ts";
import type { ConversionPhase, ConversionStatus } from "#contracts/conversion-status.ts";
import type { ConversionId } from "#contracts/ids.ts";
import type { JobError } from "#contracts/job-error.ts";
import type { Conversion } from "#db/schema/conversions.ts";

/** A conversion as its owner sees it, the same on every route. Times are RFC 3339 in UTC. */
export interface ConversionDocument {
	id: ConversionId;
	status: ConversionStatus;
	phase: ConversionPhase | null;
	/** 0 to 1. */
	progress: number;
	/** Seconds of sound encoded in a second; null when nothing is being encoded. */
	speed: number | null;
	filename: string;
	options: ConversionOptions;
	source: { sizeBytes: number | null } & Partial<SourceFacts>;
	output: OutputFacts | null;
	error: JobError | null;
	createdAt: string;
	startedAt: string | null;
	finishedAt: string | null;
	links: { self: string; link: string; download: string };
}

export function conversionDocument(row: Conversion): ConversionDocument {
	const isFinal = row.status === "done" || row.status === "failed";
	const outcome = isFinal ? row.outcome : null;
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
			self: `/conversions/${row.id}`,
			link: `/conversions/${row.id}/link`,
			download: `/download?fid=${row.id}`,
		},
	};
}

const timestamp = (ms: number): string => new Date(ms).toISOString();
