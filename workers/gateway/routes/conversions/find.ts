import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { conversionOptions } from "#contracts/conversion-options.ts";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import { findConversionOf } from "#db/queries/conversion-reads.ts";
import { requireVerified } from "../../authentication/require-verified.ts";
import { fail } from "../../http/context.ts";
import {
	BODY_PROBLEMS,
	json,
	jsonBody,
	problems,
	USER_PROBLEMS,
	withKey,
} from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { userRoute } from "../../http/user-route.ts";

const route = createRoute({
	method: "post",
	path: "/",
	tags: ["Uploads"],
	summary: "Convert a video that you have uploaded before",
	description:
		"Send its SHA-256 before you upload it: if you have had it converted with the same options, here is what came of it, and there is nothing to upload. Only your own conversions count.",
	security: withKey("upload"),
	middleware: [requireVerified, limitJson] as const,
	request: {
		body: jsonBody(
			z.strictObject({
				sha256: z
					.string()
					.regex(/^[0-9a-fA-F]{64}$/)
					.toLowerCase()
					.describe("Of the video, in hex."),
				options: conversionOptions.optional(),
			}),
		),
	},
	responses: {
		200: json(documentSchema, "The conversion that there is."),
		...problems(...BODY_PROBLEMS, "video_unknown", "email_unverified", ...USER_PROBLEMS),
	},
});

export const find = userRoute(route, async (c) => {
	const { sha256, options = conversionOptions.parse({}) } = c.req.valid("json");
	const row = await findConversionOf(c.get("db"), c.get("user").sub, sha256, options);
	if (row === null) return fail(c, "video_unknown", "Upload it with POST /upload.");
	return c.json(conversionDocument(row), 200, { location: `/conversions/${row.id}` });
});
