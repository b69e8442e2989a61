import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { conversionOptionFields } from "#contracts/conversion-options.ts";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import { findLimits, type UserLimits } from "#db/queries/user-usage.ts";
import { refuse } from "../authentication/refuse.ts";
import { requireVerified } from "../authentication/require-verified.ts";
import { queueAttempt } from "../conversions/queue-attempt.ts";
import { fail, type UserContext } from "../http/context.ts";
import { json, problems, USER_PROBLEMS, withKey } from "../http/describe-route.ts";
import { idempotencyKey, KEY_DETAILS, KEY_PARAMETER } from "../http/idempotency-key.ts";
import { userRoute } from "../http/user-route.ts";
import { FORM_OVERHEAD_BYTES } from "../limits.ts";
import { declaredSha256 } from "../uploads/content-digest.ts";
import { readFormEvents } from "../uploads/form-events.ts";
import { usualLimits } from "../uploads/quota.ts";
import { receiveOnce } from "../uploads/receive-once.ts";
import {
	type Received,
	rawEvents,
	receive,
	tooLarge,
	UPLOAD_PROBLEMS,
} from "../uploads/receive-video.ts";

/** Described only: a body is parsed as it arrives (uploads/receive-video.ts), not by the framework. */
const { properties: options } = z.toJSONSchema(conversionOptionFields);
const form = {
	type: "object" as const,
	required: ["file"],
	properties: { ...options, file: { type: "string" as const, format: "binary" } },
};
const video = { schema: { type: "string" as const, format: "binary" } };

const uploadRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["Uploads"],
	summary: "Upload a video, and convert it",
	description:
		"As a form with the video in `file` and options as fields, or the video itself as the body with its name and options in the query.",
	security: withKey("upload"),
	middleware: requireVerified,
	request: {
		body: {
			required: true,
			content: {
				"multipart/form-data": { schema: form },
				"video/*": video,
				"audio/*": video,
				"application/octet-stream": video,
			},
		},
	},
	parameters: [
		{ name: "filename", in: "query", schema: { type: "string" }, description: "Without a form." },
		{
			name: "options",
			in: "query",
			schema: { $ref: "#/components/schemas/ConversionOptions" },
			description: "Each by its name. Without a form.",
		},
		KEY_PARAMETER,
		{
			name: "Content-Digest",
			in: "header",
			schema: {
				type: "string",
				examples: ["sha-256=:4REjxQ4yrqUVicfSKYNO/cF9zNj5ANbzgDZt3/h3Qxo=:"],
			},
			description: "RFC 9530. What arrives otherwise is refused. Without a form.",
		},
	],
	responses: {
		202: {
			...json(documentSchema, "The video is stored; its conversion is queued."),
			headers: z.object({ location: z.string().describe("Of the conversion.") }),
		},
		...problems(...UPLOAD_PROBLEMS, "email_unverified", ...USER_PROBLEMS),
	},
});

const answer = userRoute(uploadRoute, async (c) => {
	const limits = await findLimits(c.get("db"), c.get("user").sub, usualLimits(c.env));
	// The token has outlived the account.
	if (limits === null) return refuse(c, "invalid_token");
	// A client that hangs up cancels the request; the clean-up must still run.
	const receiving = receiveUpload(c, limits);
	c.executionCtx.waitUntil(receiving.catch(() => {}));
	const received = await receiving;
	if (!received.ok) return fail(c, received.code, received.detail, received.headers);
	if (received.isNew) await queueAttempt(c.env, c.get("db"), received.conversion);
	const document = conversionDocument(received.conversion);
	return c.json(document, 202, { location: document.links.self });
});

export const upload = new OpenAPIHono<UserContext>();
upload.openapiRoutes([answer] as const);

async function receiveUpload(c: Context<UserContext>, limits: UserLimits): Promise<Received> {
	const { body, headers } = c.req.raw;
	const contentType = headers.get("content-type") ?? "";
	const isForm = /^multipart\/form-data\b/i.test(contentType);
	if (!isForm && !/^(video\/|audio\/|application\/octet-stream\b)/i.test(contentType)) {
		return {
			ok: false,
			code: "unsupported_media_type",
			detail: "Send multipart/form-data with a field `file`, or the video itself as video/*.",
		};
	}
	if (body === null) {
		return { ok: false, code: "empty_file", detail: "The request has no body. Send a video." };
	}
	const key = idempotencyKey(headers);
	if (key === null) {
		return {
			ok: false,
			code: "invalid_idempotency_key",
			detail: KEY_DETAILS.invalid_idempotency_key,
		};
	}
	const announcedBytes = announcedLength(headers, isForm);
	const maxBytes = Math.min(c.env.MAX_UPLOAD_BYTES, limits.videoBytes);
	if (announcedBytes !== null && announcedBytes > maxBytes) return tooLarge(maxBytes);
	const reception = {
		db: c.get("db"),
		bucket: c.env.VIDEOS,
		userId: c.get("user").sub,
		limits,
		maxBytes,
		announcedBytes,
		exactBytes: isForm ? null : announcedBytes,
		// Of a form it would be the digest of the form.
		declaredSha256: isForm ? null : declaredSha256(headers),
	};
	const events = isForm ? readFormEvents(body, contentType) : rawEvents(body, c.req.query());
	return key === undefined ? receive(reception, events) : receiveOnce(reception, key, events);
}

/** How large the video is at least, by `Content-Length`. Null: it does not say. */
function announcedLength(headers: Headers, isForm: boolean): number | null {
	const length = headers.get("content-length");
	if (length === null) return null;
	return Math.max(0, Number(length) - (isForm ? FORM_OVERHEAD_BYTES : 0));
}
