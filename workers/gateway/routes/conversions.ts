import { Hono } from "hono";
import * as z from "zod";
import { conversionId } from "#contracts/ids.ts";
import { listConversions } from "#db/queries/conversion-reads.ts";
import { mp3Key } from "#storage/object-keys.ts";
import { MAX_PRESIGNED_SECONDS, presign } from "#storage/presign.ts";
import { requireUser } from "../authentication/require-user.ts";
import { conversionDocument } from "../conversions/conversion-document.ts";
import { notDone, notFound, ownConversion } from "../conversions/own-conversion.ts";
import { fail, type UserContext } from "../http/context.ts";
import { describeIssues, readJson } from "../http/json-body.ts";
import { DEFAULT_LINK_SECONDS, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from "../limits.ts";

const page = z.strictObject({
	/** The `nextCursor` of the page before. */
	cursor: conversionId.optional(),
	limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
});

const linkRequest = z.strictObject({
	expiresInSeconds: z.int().min(1).max(MAX_PRESIGNED_SECONDS).default(DEFAULT_LINK_SECONDS),
});

/** A user's conversions: the list (newest first), one, and a signed link to its MP3. */
export const conversions = new Hono<UserContext>()
	.use(requireUser)
	.get("/", async (c) => {
		const query = page.safeParse(c.req.query());
		if (!query.success) return fail(c, "invalid_body", describeIssues(query.error));
		const { cursor, limit } = query.data;
		// One more than asked for tells whether there is another page.
		const rows = await listConversions(c.get("db"), c.get("user").sub, {
			before: cursor,
			limit: limit + 1,
		});
		const shown = rows.slice(0, limit);
		return c.json({
			conversions: shown.map(conversionDocument),
			nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
		});
	})
	.get("/:id", async (c) => {
		const row = await ownConversion(c, c.req.param("id"));
		return row === null ? notFound(c) : c.json(conversionDocument(row));
	})
	.post("/:id/link", async (c) => {
		const body = await readJson(c.req.raw, linkRequest);
		if (!body.ok) return fail(c, "invalid_body", body.detail);
		const row = await ownConversion(c, c.req.param("id"));
		if (row === null) return notFound(c);
		if (row.status !== "done") return notDone(c, row);
		const now = new Date();
		const { expiresInSeconds } = body.value;
		const url = await presign(c.env, {
			method: "GET",
			bucket: "mp3s",
			key: mp3Key(row.id, row.attempt),
			expiresInSeconds,
			now,
		});
		const expiresAt = new Date(now.getTime() + expiresInSeconds * 1000).toISOString();
		return c.json({ url, expiresAt }, 200, { "cache-control": "no-store" });
	});
