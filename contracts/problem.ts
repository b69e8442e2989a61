import * as z from "zod";

/** Every way a request can fail, as clients may match on it. */
export const problemCode = z.enum([
	"auth_unavailable",
	"conversion_expired",
	"conversion_not_done",
	"conversion_not_restartable",
	"conversion_over",
	"cross_origin",
	"digest_mismatch",
	"email_unverified",
	"empty_file",
	"idempotency_key_busy",
	"idempotency_key_reused",
	"insufficient_scope",
	"internal",
	"invalid_body",
	"invalid_credentials",
	"invalid_form",
	"invalid_idempotency_key",
	"invalid_link",
	"invalid_options",
	"invalid_query",
	"invalid_session",
	"invalid_token",
	"invalid_upload",
	"method_not_allowed",
	"missing_file",
	"not_found",
	"password_not_set",
	"password_too_common",
	"payload_too_large",
	"precondition_failed",
	"range_not_satisfiable",
	"rate_limited",
	"sign_in_failed",
	"sign_in_unavailable",
	"storage_full",
	"storage_unavailable",
	"too_many_conversions",
	"too_many_keys",
	"too_many_webhooks",
	"turnstile_failed",
	"tus_version_unsupported",
	"unauthenticated",
	"unsupported_media_type",
	"upload_conflict",
	"upload_expired",
	"upload_interrupted",
	"video_unknown",
	"webhook_disabled",
	"wrong_password",
]);
export type ProblemCode = z.infer<typeof problemCode>;

/** The body of every error answer: RFC 9457, `application/problem+json`. */
export const problem = z
	.object({
		type: z.string(),
		status: z.int(),
		code: problemCode,
		/** What went wrong, the same for every occurrence of the code. */
		title: z.string(),
		/** What went wrong this time and what to do about it. */
		detail: z.string(),
		/** Quote it when asking for help. */
		requestId: z.string(),
	})
	.meta({ id: "Problem" });
export type Problem = z.infer<typeof problem>;
