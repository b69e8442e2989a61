import type { Problem, ProblemCode } from "#contracts/problem.ts";

/** An expected failure on its way to the client. */
export interface Failure<Code extends ProblemCode = ProblemCode> {
	code: Code;
	/** What happened this time, and the remedy. */
	detail: string;
	headers?: Record<string, string>;
}

/** The status and title of each code: the one place where failures meet HTTP. */
const meaning = {
	auth_unavailable: { status: 503, title: "Sign-in is unavailable" },
	conversion_expired: { status: 410, title: "The MP3 has been deleted" },
	conversion_not_done: { status: 409, title: "The conversion is not done" },
	conversion_not_restartable: { status: 409, title: "The conversion cannot be tried again" },
	conversion_over: { status: 409, title: "The conversion is over" },
	cross_origin: { status: 403, title: "The request comes from another site" },
	digest_mismatch: { status: 400, title: "The file was damaged on its way" },
	email_unverified: { status: 403, title: "Confirm your address first" },
	empty_file: { status: 400, title: "The file is empty" },
	idempotency_key_busy: { status: 409, title: "The same request is under way" },
	idempotency_key_reused: { status: 422, title: "The Idempotency-Key was used before" },
	insufficient_scope: { status: 403, title: "The key may not do this" },
	internal: { status: 500, title: "Something went wrong on our side" },
	invalid_body: { status: 400, title: "The request body is invalid" },
	invalid_credentials: { status: 401, title: "Wrong address or password" },
	invalid_form: { status: 400, title: "The form is invalid" },
	invalid_idempotency_key: { status: 400, title: "The Idempotency-Key is invalid" },
	invalid_link: { status: 400, title: "The link is not good any more" },
	invalid_options: { status: 400, title: "The options are invalid" },
	invalid_query: { status: 400, title: "The query is invalid" },
	invalid_session: { status: 401, title: "The session has ended" },
	invalid_token: { status: 401, title: "The token is not valid" },
	invalid_upload: { status: 400, title: "The upload request is invalid" },
	method_not_allowed: { status: 405, title: "Method not allowed" },
	missing_file: { status: 400, title: "There is no file" },
	not_found: { status: 404, title: "Not found" },
	password_not_set: { status: 409, title: "The account has no password" },
	password_too_common: { status: 400, title: "The password is too common" },
	payload_too_large: { status: 413, title: "The request is too large" },
	precondition_failed: { status: 412, title: "The file has changed" },
	range_not_satisfiable: { status: 416, title: "The range is outside the file" },
	rate_limited: { status: 429, title: "Too many requests" },
	sign_in_failed: { status: 400, title: "Signing in did not work" },
	sign_in_unavailable: { status: 503, title: "The sign-in provider does not answer" },
	storage_full: { status: 507, title: "Your storage is full" },
	storage_unavailable: { status: 503, title: "Storage is unavailable" },
	too_many_conversions: { status: 429, title: "Too many conversions at once" },
	too_many_keys: { status: 409, title: "Too many keys" },
	too_many_webhooks: { status: 409, title: "Too many webhooks" },
	turnstile_failed: { status: 403, title: "Show that you are human" },
	tus_version_unsupported: { status: 412, title: "Another version of tus is needed" },
	unauthenticated: { status: 401, title: "Sign in first" },
	unsupported_media_type: { status: 415, title: "Unsupported media type" },
	upload_conflict: { status: 409, title: "The upload is elsewhere by now" },
	upload_expired: { status: 410, title: "The upload has expired" },
	upload_interrupted: { status: 400, title: "The upload was interrupted" },
	video_unknown: { status: 404, title: "The video has not been converted like this" },
	webhook_disabled: { status: 409, title: "The webhook is disabled" },
	wrong_password: { status: 403, title: "Wrong password" },
} as const satisfies Record<ProblemCode, { status: number; title: string }>;

export type StatusOf<Code extends ProblemCode> = (typeof meaning)[Code]["status"];

export const statusOf = <Code extends ProblemCode>(code: Code): StatusOf<Code> =>
	meaning[code].status;

export const titleOf = (code: ProblemCode): string => meaning[code].title;

/** RFC 9110 demands a challenge with every 401; RFC 6750 has one for scopes, too. */
const challenges: Partial<Record<ProblemCode, string>> = {
	insufficient_scope: 'Bearer realm="earshot", error="insufficient_scope"',
	invalid_credentials: 'Basic realm="earshot", charset="UTF-8"',
	invalid_session: 'Session realm="earshot"',
	invalid_token: 'Bearer realm="earshot", error="invalid_token"',
	unauthenticated: 'Bearer realm="earshot"',
};

/**
 * The challenge of what only our own pages call: a scheme that browsers do not know. At `Basic` they
 * would ask for a password in a window of their own, over the page's form.
 */
export const SESSION_CHALLENGE = { "www-authenticate": 'Session realm="earshot"' };

/** Renders a failure as RFC 9457 problem details. */
export function problemResponse(failure: Failure, requestId: string): Response {
	const { status, title } = meaning[failure.code];
	const challenge = challenges[failure.code];
	const body: Problem = {
		type: "about:blank",
		status,
		code: failure.code,
		title,
		detail: failure.detail,
		requestId,
	};
	return Response.json(body, {
		status,
		headers: {
			"content-type": "application/problem+json",
			"cache-control": "no-store",
			...(challenge && { "www-authenticate": challenge }),
			...failure.headers,
		},
	});
}
