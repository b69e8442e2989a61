import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import * as z from "zod";
import { conversionDocument as documentSchema } from "#contracts/conversion-document.ts";
import { conversionOptionFields } from "#contracts/conversion-options.ts";
import { requireUser } from "../authentication/require-user.ts";
import { conversionDocument } from "../conversions/conversion-document.ts";
import { queueAttempt } from "../conversions/queue-attempt.ts";
import { fail, type UserContext } from "../http/context.ts";
import { AS_USER, json, problems, USER_PROBLEMS } from "../http/describe-route.ts";
import { FORM_OVERHEAD_BYTES } from "../limits.ts";
import {
	type Received,
	receiveForm,
	receiveRaw,
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
	security: AS_USER,
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
	],
	responses: {
		202: {
			...json(documentSchema, "The video is stored; its conversion is queued."),
			headers: z.object({ location: z.string().describe("Of the conversion.") }),
		},
		...problems(...UPLOAD_PROBLEMS, ...USER_PROBLEMS),
	},
});

export const upload = new OpenAPIHono<UserContext>();
upload.use(requireUser);
upload.openapi(uploadRoute, async (c) => {
	// A client that hangs up cancels the request; the clean-up must still run.
	const receiving = receive(c);
	c.executionCtx.waitUntil(receiving.catch(() => {}));
	const received = await receiving;
	if (!received.ok) return fail(c, received.code, received.detail, received.headers);
	await queueAttempt(c.env, c.get("db"), received.conversion);
	const document = conversionDocument(received.conversion);
	return c.json(document, 202, { location: document.links.self });
});

async function receive(c: Context<UserContext>): Promise<Received> {
	const { body, headers } = c.req.raw;
	const contentType = headers.get("content-type") ?? "";
	const reception = {
		db: c.get("db"),
		bucket: c.env.VIDEOS,
		userId: c.get("user").sub,
		maxBytes: c.env.MAX_UPLOAD_BYTES,
	};
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
	const announcedBytes = Number(headers.get("content-length") ?? 0);
	if (announcedBytes > reception.maxBytes + (isForm ? FORM_OVERHEAD_BYTES : 0)) {
		return tooLarge(reception.maxBytes);
	}
	return isForm
		? receiveForm(reception, body, contentType)
		: receiveRaw(reception, body, c.req.query());
}
