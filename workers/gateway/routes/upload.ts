import { type Context, Hono } from "hono";
import { requireUser } from "../authentication/require-user.ts";
import { conversionDocument } from "../conversions/conversion-document.ts";
import { queueAttempt } from "../conversions/queue-attempt.ts";
import { fail, type UserContext } from "../http/context.ts";
import { FORM_OVERHEAD_BYTES } from "../limits.ts";
import { type Received, receiveForm, receiveRaw, tooLarge } from "../uploads/receive-video.ts";

/**
 * `POST /upload`: a multipart form with the video in `file` and options as fields, or the video as
 * the body (`Content-Type: video/*`) with `?filename=` and options in the query.
 * 202 with the conversion and its `Location`.
 */
export const upload = new Hono<UserContext>().post("/", requireUser, async (c) => {
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
