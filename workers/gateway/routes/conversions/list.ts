import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { conversionStatus } from "#contracts/conversion-status.ts";
import { conversionId } from "#contracts/ids.ts";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import { listConversions } from "#db/queries/conversion-reads.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from "../../limits.ts";

const route = createRoute({
	method: "get",
	path: "/",
	tags: ["Conversions"],
	summary: "Your conversions, newest first",
	description:
		"Page by page, each continued from the last conversion of the page before: what is uploaded in the meantime neither repeats nor hides any.",
	security: withKey("read"),
	request: {
		query: z.strictObject({
			status: z
				.string()
				.transform((statuses) => statuses.split(","))
				.pipe(z.array(conversionStatus))
				.optional()
				.meta({ description: "One or several, with commas: `failed,cancelled`." }),
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

export const list = userRoute(route, async (c) => {
	const { status, cursor, limit } = c.req.valid("query");
	// One more than asked for tells whether there is another page.
	const rows = await listConversions(c.get("db"), c.get("user").sub, {
		statuses: status,
		before: cursor,
		limit: limit + 1,
	});
	const shown = rows.slice(0, limit);
	const nextCursor = rows.length > limit ? (shown.at(-1)?.id ?? null) : null;
	return c.json({ conversions: shown.map(conversionDocument), nextCursor }, 200);
});
