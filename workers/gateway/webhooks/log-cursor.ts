import * as z from "zod";
import type { LogPlace } from "#db/queries/webhook-log.ts";

/** Where a page of the log ends, as a client hands it back. */
export const logCursor = ({ createdAtMs, eventId }: LogPlace): string =>
	`${createdAtMs}.${eventId}`;

/** The place that a cursor means. */
export const logPlace = z
	.string()
	.regex(/^\d{1,15}\.evt_\w+$/)
	.transform((text): LogPlace => {
		const dot = text.indexOf(".");
		return { createdAtMs: Number(text.slice(0, dot)), eventId: text.slice(dot + 1) };
	});
