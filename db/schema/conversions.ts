import { isNotNull } from "drizzle-orm";
import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { ConversionOutcome } from "#contracts/conversion-outcome.ts";
import type { ConversionPhase, ConversionStatus } from "#contracts/conversion-status.ts";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import type { JobError } from "#contracts/job-error.ts";
import { users } from "./users.ts";

/**
 * One row a conversion: the truth about it. Queue messages are hints that somebody should look
 * here. Rows change only through the compare-and-set statements of db/queries.
 */
export const conversions = sqliteTable(
	"conversions",
	{
		id: text("id").$type<ConversionId>().primaryKey(),
		userId: text("user_id")
			.$type<UserId>()
			.notNull()
			.references(() => users.id),
		status: text("status").$type<ConversionStatus>().notNull(),
		/** The file's name as its owner knows it, cleaned; never part of a path or a key. */
		filename: text("filename").notNull(),
		options: text("options", { mode: "json" }).$type<ConversionOptions>().notNull(),
		/** Null until it is known: when the upload is complete, or its length was announced. */
		sourceSizeBytes: integer("source_size_bytes"),
		/** Of the video, in hex; null until the upload is complete. */
		sourceSha256: text("source_sha256"),
		/** The open R2 multipart upload, so that an abandoned one can be aborted. */
		multipartUploadId: text("multipart_upload_id"),

		/** Starts at 1. A higher attempt fences off every lower one. */
		attempt: integer("attempt").notNull().default(1),
		/** Attempts before its owner last asked to try again: those that fail are counted from here. */
		attemptsBefore: integer("attempts_before").notNull().default(0),
		/** How often an attempt was begun again because its message's URLs had expired. */
		renewals: integer("renewals").notNull().default(0),
		/** Who holds the current attempt, while `converting`. */
		claimId: text("claim_id"),
		phase: text("phase").$type<ConversionPhase>(),
		/** 0 to 1. */
		progress: real("progress").notNull().default(0),
		/** Seconds of sound encoded in a second, as last reported. */
		speed: real("speed"),
		heartbeatAtMs: integer("heartbeat_at_ms"),
		/** Why the last attempt was given up, if one was. */
		lastError: text("last_error", { mode: "json" }).$type<JobError>(),

		/** How the current attempt ended; notify makes it final. */
		outcome: text("outcome", { mode: "json" }).$type<ConversionOutcome>(),
		settledAtMs: integer("settled_at_ms"),
		/** When the watchdog sends the row's queue message again, unless it has moved on by then. */
		resendAtMs: integer("resend_at_ms"),

		createdAtMs: integer("created_at_ms").notNull(),
		startedAtMs: integer("started_at_ms"),
		finishedAtMs: integer("finished_at_ms"),
		/** When the uploaded video is deleted. Null: it is still needed, or gone. */
		videoExpiresAtMs: integer("video_expires_at_ms"),
		/** When the MP3 is, or was, deleted. Null: there never was one. */
		expiresAtMs: integer("expires_at_ms"),

		/**
		 * Which of its owner's changes touched the row last: a number that triggers count up, in the
		 * order of the commits (migrations/0004_count_changes.sql).
		 */
		change: integer("change").notNull().default(0),
	},
	(table) => [
		index("conversions_by_user").on(table.userId, table.id),
		// The watchdog's rows: few, whatever the size of the table.
		index("conversions_by_status").on(table.status, table.resendAtMs),
		index("conversions_by_change").on(table.userId, table.change),
		index("conversions_by_source").on(table.userId, table.sourceSha256),
		index("conversions_by_video_expiry")
			.on(table.videoExpiresAtMs)
			.where(isNotNull(table.videoExpiresAtMs)),
		index("conversions_by_expiry").on(table.status, table.expiresAtMs),
	],
);

export type Conversion = typeof conversions.$inferSelect;

/** What a conversion's document is made of (db/documents/conversion-document.ts). */
export type ShownConversion = Pick<
	Conversion,
	| "id"
	| "status"
	| "phase"
	| "progress"
	| "speed"
	| "filename"
	| "options"
	| "sourceSizeBytes"
	| "outcome"
	| "createdAtMs"
	| "startedAtMs"
	| "finishedAtMs"
	| "expiresAtMs"
	| "videoExpiresAtMs"
>;
