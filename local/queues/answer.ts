import { type ApiErrorName, apiErrors } from "./api-error.ts";

/** What a call came to, before it is put on the wire. */
export type Answer<Result> =
	| { type: "done"; result: Result }
	| { type: "refused"; error: ApiErrorName; detail?: string };

/** Every answer of Cloudflare's API, good or bad, comes in this one envelope. */
export function toResponse(answer: Answer<unknown>): Response {
	if (answer.type === "done") {
		return Response.json({ success: true, errors: [], messages: [], result: answer.result });
	}
	const { status, code, message } = apiErrors[answer.error];
	const detailed = answer.detail === undefined ? message : `${message}: ${answer.detail}`;
	return Response.json(
		{ success: false, errors: [{ code, message: detailed }], messages: [], result: null },
		{ status },
	);
}
