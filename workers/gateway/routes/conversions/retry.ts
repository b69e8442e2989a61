import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { conversionOptions } from "#contracts/conversion-options.ts";
import { restartConversion } from "#db/queries/conversion-owner.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { requireVerified } from "../../authentication/require-verified.ts";
import { conversionDocument } from "../../conversions/conversion-document.ts";
import { isRestartable } from "../../conversions/conversion-status.ts";
import { notFound, ownConversion } from "../../conversions/own-conversion.ts";
import { queueAttempt } from "../../conversions/queue-attempt.ts";
import { fail } from "../../http/context.ts";
import {
	AS_USER,
	BODY_PROBLEMS,
	json,
	optionalJsonBody,
	problems,
	USER_PROBLEMS,
} from "../../http/describe-route.ts";
import { limitJson } from "../../http/limit-json.ts";
import { userRoute } from "../../http/user-route.ts";
import { RESEND_UNSENT_AFTER_MS } from "../../limits.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "post",
	path: "/{id}/retry",
	tags: ["Conversions"],
	summary: "Try a conversion again",
	description:
		"For three days after it failed or was cancelled: its video is kept that long, and need not be uploaded again.",
	security: AS_USER,
	middleware: [requireVerified, limitJson] as const,
	request: {
		params,
		body: optionalJsonBody(
			z.strictObject({
				options: conversionOptions.optional().describe("In place of all options it had."),
			}),
		),
	},
	responses: {
		202: json(documentSchema, "It is queued again."),
		...problems(
			...BODY_PROBLEMS,
			"not_found",
			"conversion_not_restartable",
			"email_unverified",
			...USER_PROBLEMS,
		),
	},
});

export const retry = userRoute(route, async (c) => {
	const found = await ownConversion(c, c.req.valid("param").id);
	if (found === null) return notFound(c);
	const { options } = c.req.valid("json");
	const obstacle = obstacleTo(found, options !== undefined);
	if (obstacle !== null) return fail(c, "conversion_not_restartable", obstacle);
	const nowMs = Date.now();
	const row = await restartConversion(c.get("db"), c.get("user").sub, found.id, {
		options,
		nowMs,
		resendAtMs: nowMs + RESEND_UNSENT_AFTER_MS,
	});
	if (row === null) {
		return fail(c, "conversion_not_restartable", "Something else has happened to it. Look again.");
	}
	await queueAttempt(c.env, c.get("db"), row);
	return c.json(conversionDocument(row), 202);
});

/** Why another try makes no sense, and what does. Null when it may. */
function obstacleTo(row: Conversion, hasNewOptions: boolean): string | null {
	switch (row.status) {
		case "uploading":
		case "queued":
		case "converting":
			return "It is not over yet. Cancel it first.";
		case "done":
		case "expired":
			return "It was done. Upload the video again to convert it anew.";
		case "failed":
		case "cancelled":
			if (!isRestartable(row)) return "Its video is no longer kept. Upload it again.";
			if (hasNewOptions || row.outcome?.type !== "failed" || row.outcome.error.retryable)
				return null;
			return `It would fail again. ${row.outcome.error.hint}`;
	}
}
