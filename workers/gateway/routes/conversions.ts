import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { conversionId } from "#contracts/ids.ts";
import { listConversions } from "#db/queries/conversion-reads.ts";
import { mp3Key } from "#storage/object-keys.ts";
import { MAX_PRESIGNED_SECONDS, presign } from "#storage/presign.ts";
import { requireUser } from "../authentication/require-user.ts";
import { conversionDocument } from "../conversions/conversion-document.ts";
import { notDone, notFound, ownConversion } from "../conversions/own-conversion.ts";
import type { UserContext } from "../http/context.ts";
import {
	AS_USER,
	BODY_PROBLEMS,
	json,
	optionalJsonBody,
	problems,
	USER_PROBLEMS,
} from "../http/describe-route.ts";
import { limitJson } from "../http/limit-json.ts";
import { DEFAULT_LINK_SECONDS, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from "../limits.ts";

const tags = ["Conversions"];
/** Any text, because what is no id is as unknown as an id of somebody else's: 404. */
const params = z.object({ id: z.string().meta({ example: "cnv_01KAG4Z6V1Q8N4T0X9D3R7M5WB" }) });

const listRoute = createRoute({
	method: "get",
	path: "/",
	tags,
	summary: "Your conversions, newest first",
	security: AS_USER,
	request: {
		query: z.strictObject({
			cursor: conversionId.optional().describe("The `nextCursor` of the page before."),
			limit: z.coerce.number().int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
		}),
	},
	responses: {
		200: json(
			z.object({
				conversions: z.array(documentSchema),
				nextCursor: conversionId.nullable().describe("Null on the last page."),
			}),
			"A page.",
		),
		...problems("invalid_query", ...USER_PROBLEMS),
	},
});

const getRoute = createRoute({
	method: "get",
	path: "/{id}",
	tags,
	summary: "One conversion",
	security: AS_USER,
	request: { params },
	responses: {
		200: json(documentSchema, "The conversion."),
		...problems("not_found", ...USER_PROBLEMS),
	},
});

const linkRoute = createRoute({
	method: "post",
	path: "/{id}/link",
	tags,
	summary: "A signed link to the MP3",
	description:
		"Whoever has the link can download the MP3, straight from storage, until it expires.",
	security: AS_USER,
	middleware: limitJson,
	request: {
		params,
		body: optionalJsonBody(
			z.strictObject({
				expiresInSeconds: z
					.int()
					.min(1)
					.max(MAX_PRESIGNED_SECONDS)
					.optional()
					.describe(`Default: ${DEFAULT_LINK_SECONDS}.`),
			}),
		),
	},
	responses: {
		200: json(z.object({ url: z.url(), expiresAt: z.iso.datetime() }), "The link."),
		...problems(...BODY_PROBLEMS, "not_found", "conversion_not_done", ...USER_PROBLEMS),
	},
});

/** A user's conversions. */
export const conversions = new OpenAPIHono<UserContext>();
conversions.use(requireUser);

conversions.openapi(listRoute, async (c) => {
	const { cursor, limit } = c.req.valid("query");
	// One more than asked for tells whether there is another page.
	const rows = await listConversions(c.get("db"), c.get("user").sub, {
		before: cursor,
		limit: limit + 1,
	});
	const shown = rows.slice(0, limit);
	const nextCursor = rows.length > limit ? (shown.at(-1)?.id ?? null) : null;
	return c.json({ conversions: shown.map(conversionDocument), nextCursor }, 200);
});

conversions.openapi(getRoute, async (c) => {
	const row = await ownConversion(c, c.req.valid("param").id);
	return row === null ? notFound(c) : c.json(conversionDocument(row), 200);
});

conversions.openapi(linkRoute, async (c) => {
	const row = await ownConversion(c, c.req.valid("param").id);
	if (row === null) return notFound(c);
	if (row.status !== "done") return notDone(c, row);
	const { expiresInSeconds = DEFAULT_LINK_SECONDS } = c.req.valid("json");
	const now = new Date();
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
