import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ProblemCode } from "#contracts/problem.ts";
import { findLimits } from "#db/queries/user-usage.ts";
import { refuse } from "../authentication/refuse.ts";
import { requireAccess } from "../authentication/require-access.ts";
import { requireVerified } from "../authentication/require-verified.ts";
import { fail, type UserContext } from "../http/context.ts";
import { problems, USER_PROBLEMS, withKey } from "../http/describe-route.ts";
import { KEY_PARAMETER } from "../http/idempotency-key.ts";
import { usualLimits } from "../uploads/quota.ts";
import { handleTus } from "../uploads/resumable/handle-tus.ts";

/*
 * Resumable uploads: https://tus.io/protocols/resumable-upload
 */

const ALLOWED = "DELETE, HEAD, OPTIONS, PATCH, POST";

const params = [
	{ name: "id", in: "path" as const, required: true, schema: { type: "string" as const } },
];
const version = {
	name: "Tus-Resumable",
	in: "header" as const,
	required: true,
	schema: { type: "string" as const, const: "1.0.0" },
};
const offset = {
	name: "Upload-Offset",
	in: "header" as const,
	required: true,
	schema: { type: "integer" as const },
};
const bytes = {
	required: true,
	content: {
		"application/offset+octet-stream": { schema: { type: "string" as const, format: "binary" } },
	},
};

const common = { tags: ["Uploads"], security: withKey("upload") };
const FAILURES = [
	"invalid_upload",
	"not_found",
	"tus_version_unsupported",
	"upload_conflict",
	"upload_expired",
	"upload_interrupted",
	"payload_too_large",
	"unsupported_media_type",
	"storage_unavailable",
	...USER_PROBLEMS,
] as const satisfies ProblemCode[];
const failures = problems(...FAILURES);
const mismatch = {
	460: {
		...problems("digest_mismatch")[400],
		description: "`digest_mismatch`: nothing of this request counts.",
	},
};

const optionsRoute = createRoute({
	...common,
	method: "options",
	path: "/",
	summary: "What this server's tus can do",
	responses: { 204: { description: "In `Tus-…` headers." }, ...failures },
});

const createUploadRoute = createRoute({
	...common,
	method: "post",
	path: "/",
	middleware: requireVerified,
	summary: "Begin an upload that can be resumed",
	description:
		"By the tus protocol, version 1.0.0: use one of its clients, such as tus-js-client or Uppy. Its metadata are `filename`, `filetype`, `options` (JSON) and `sha256` (of the video, in hex). The upload's id is its conversion's.",
	parameters: [
		version,
		{ name: "Upload-Length", in: "header", required: true, schema: { type: "integer" } },
		{ name: "Upload-Metadata", in: "header", schema: { type: "string" } },
		{ name: "Upload-Checksum", in: "header", schema: { type: "string" } },
		KEY_PARAMETER,
	],
	responses: {
		201: { description: "`Location` is where its bytes go." },
		...problems(
			...FAILURES,
			"email_unverified",
			"invalid_options",
			"empty_file",
			"idempotency_key_busy",
			"idempotency_key_reused",
			"invalid_idempotency_key",
			"too_many_conversions",
			"storage_full",
		),
		...mismatch,
	},
});

const headRoute = createRoute({
	...common,
	method: "head",
	path: "/{id}",
	summary: "How far an upload is",
	parameters: [...params, version],
	responses: { 200: { description: "`Upload-Offset` and `Upload-Length` tell." }, ...failures },
});

const patchRoute = createRoute({
	...common,
	method: "patch",
	path: "/{id}",
	summary: "Go on with an upload",
	description:
		"With the last bytes the conversion is queued. Chunks of at most 64 MiB get through everywhere.",
	parameters: [
		...params,
		version,
		offset,
		{ name: "Upload-Checksum", in: "header", schema: { type: "string" } },
	],
	requestBody: bytes,
	responses: {
		204: { description: "`Upload-Offset` is where to go on." },
		...failures,
		...mismatch,
	},
});

const deleteRoute = createRoute({
	...common,
	method: "delete",
	path: "/{id}",
	summary: "Give an upload up",
	parameters: [...params, version],
	responses: { 204: { description: "Nothing of it is left." }, ...failures },
});

const overriddenRoute = createRoute({
	...common,
	method: "post",
	path: "/{id}",
	summary: "The same, where PATCH and DELETE do not get through",
	parameters: [
		...params,
		version,
		{
			name: "X-HTTP-Method-Override",
			in: "header",
			required: true,
			schema: { type: "string", enum: ["PATCH", "DELETE", "HEAD"] },
		},
	],
	responses: {
		200: { description: "As `HEAD` answers." },
		204: { description: "As `PATCH` and `DELETE` answer." },
		...failures,
		...problems("method_not_allowed"),
		...mismatch,
	},
});

async function answer(c: Context<UserContext>): Promise<Response> {
	const [env, db, userId] = [c.env, c.get("db"), c.get("user").sub];
	const limits = await findLimits(db, userId, usualLimits(env));
	// The token has outlived the account.
	if (limits === null) return refuse(c, "invalid_token");
	// A client that hangs up cancels the request; what it has sent must still be made safe.
	const handling = handleTus(c.req.raw, { env, db, userId, limits }, c.get("requestId"));
	c.executionCtx.waitUntil(handling.catch(() => {}));
	return handling;
}

/** Resumable uploads. */
export const uploads = new OpenAPIHono<UserContext>();
uploads.use(requireAccess(common.security));
uploads.openapi(optionsRoute, answer);
uploads.openapi(createUploadRoute, answer);
uploads.openapi(patchRoute, answer);
uploads.openapi(deleteRoute, answer);
uploads.openapi(overriddenRoute, (c) =>
	c.req.header("x-http-method-override") === undefined
		? fail(c, "method_not_allowed", "Use HEAD, PATCH or DELETE.", { allow: ALLOWED })
		: answer(c),
);
// Hono answers HEAD as GET, which tus does not have.
uploads.openAPIRegistry.registerPath(headRoute);
uploads.get("/:id", async (c) =>
	c.req.raw.method === "HEAD"
		? answer(c)
		: fail(c, "method_not_allowed", "Use HEAD, PATCH or DELETE.", { allow: ALLOWED }),
);
