import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import { renameConversion } from "#db/queries/conversion-owner.ts";
import { notFound, ownConversion } from "../../conversions/own-conversion.ts";
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
import { cleanFilename } from "../../uploads/filename.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "patch",
	path: "/{id}",
	tags: ["Conversions"],
	summary: "Rename a conversion",
	description: "Its MP3 is downloaded under the new name from then on.",
	security: withKey("admin"),
	middleware: limitJson,
	request: {
		params,
		body: jsonBody(z.strictObject({ filename: z.string().min(1).max(1000) })),
	},
	responses: {
		200: json(documentSchema, "The conversion, with its name made fit to be shown."),
		...problems(...BODY_PROBLEMS, "not_found", ...USER_PROBLEMS),
	},
});

export const rename = userRoute(route, async (c) => {
	const found = await ownConversion(c, c.req.valid("param").id);
	if (found === null) return notFound(c);
	const filename = cleanFilename(c.req.valid("json").filename);
	const row = await renameConversion(c.get("db"), c.get("user").sub, found.id, filename);
	return row === null ? notFound(c) : c.json(conversionDocument(row), 200);
});
