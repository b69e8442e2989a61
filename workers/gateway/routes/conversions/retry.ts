import { createRoute } from "@hono/zod-openapi";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { type ConversionOptions, conversionOptions } from "#contracts/conversion-options.ts";
import type { Db } from "#db/connect.ts";
import { isRestartable } from "#db/conversion-status.ts";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import { restartConversion } from "#db/queries/conversion-owner.ts";
import type { KeptKey } from "#db/queries/idempotency.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { requireVerified } from "../../authentication/require-verified.ts";
import { notFound, ownConversion } from "../../conversions/own-conversion.ts";
import { queueAttempt } from "../../conversions/queue-attempt.ts";
import { actOnce } from "../../http/act-once.ts";
import { fail } from "../../http/context.ts";
import {
	BODY_PROBLEMS,
	json,
	optionalJsonBody,
	problems,
	USER_PROBLEMS,
	withKey,
} from "../../http/describe-route.ts";
import { idempotencyKey, KEY_DETAILS, KEY_PARAMETER } from "../../http/idempotency-key.ts";
import { limitJson } from "../../http/limit-json.ts";
import { userRoute } from "../../http/user-route.ts";
import { RESEND_UNSENT_AFTER_MS } from "../../limits.ts";
import { retryFingerprint } from "../../uploads/fingerprint.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "post",
	path: "/{id}/retry",
	tags: ["Conversions"],
	summary: "Try a conversion again",
	description:
		"For three days after it failed or was cancelled: its video is kept that long, and need not be uploaded again. Without an `Idempotency-Key`, asking twice is a conflict the second time.",
	security: withKey("upload"),
	middleware: [requireVerified, limitJson] as const,
	parameters: [KEY_PARAMETER],
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
			"idempotency_key_busy",
			"idempotency_key_reused",
			"invalid_idempotency_key",
			...USER_PROBLEMS,
		),
	},
});

export const retry = userRoute(route, async (c) => {
	const found = await ownConversion(c, c.req.valid("param").id);
	if (found === null) return notFound(c);
	const key = idempotencyKey(c.req.raw.headers);
	if (key === null) {
		return fail(c, "invalid_idempotency_key", KEY_DETAILS.invalid_idempotency_key);
	}
	const { options } = c.req.valid("json");
	const [db, userId] = [c.get("db"), c.get("user").sub];
	const request = { userId, key, fingerprint: retryFingerprint(found.id, options) };
	const once = await actOnce(db, request, (kept) => restart(db, found, options, kept));
	switch (once.state) {
		case "idempotency_key_busy":
		case "idempotency_key_reused":
			return fail(c, once.state, KEY_DETAILS[once.state]);
		case "used":
			return c.json(conversionDocument(once.conversion), 202);
		case "acted": {
			const { result } = once;
			if (!result.ok) return fail(c, "conversion_not_restartable", result.obstacle);
			await queueAttempt(c.env, db, result.row);
			return c.json(conversionDocument(result.row), 202);
		}
	}
});

async function restart(
	db: Db,
	found: Conversion,
	options: ConversionOptions | undefined,
	kept: KeptKey | undefined,
): Promise<{ ok: true; row: Conversion } | { ok: false; obstacle: string }> {
	const obstacle = obstacleTo(found, options !== undefined);
	if (obstacle !== null) return { ok: false, obstacle };
	const nowMs = Date.now();
	const row = await restartConversion(db, found.userId, found.id, {
		attempt: found.attempt,
		options,
		nowMs,
		resendAtMs: nowMs + RESEND_UNSENT_AFTER_MS,
		kept,
	});
	if (row !== null) return { ok: true, row };
	return { ok: false, obstacle: "Something else has happened to it. Look again." };
}

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
