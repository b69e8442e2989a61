import { Server } from "@tus/server";
import { describeError } from "#contracts/log-line.ts";
import type { ProblemCode } from "#contracts/problem.ts";
import { newConversionId } from "#db/new-id.ts";
import { idempotencyKey, KEY_DETAILS } from "../../http/idempotency-key.ts";
import { log } from "../../http/log.ts";
import { type Failure, problemResponse } from "../../http/problem.ts";
import { TusFailure, type TusRequest, TusStore } from "./tus-store.ts";
import { CHECKSUM_ALGORITHMS, uploadChecksum } from "./upload-checksum.ts";

/** https://tus.io/protocols/resumable-upload */
const VERSION = "1.0.0";

/** "The checksum of the body does not match": the protocol's own status. */
const CHECKSUM_MISMATCH = 460;

/** What @tus/server's own refusals mean here, by their status. */
const CODES: Readonly<Record<number, ProblemCode>> = {
	400: "invalid_upload",
	404: "not_found",
	409: "upload_conflict",
	410: "upload_expired",
	413: "payload_too_large",
	501: "invalid_upload",
};

/**
 * Answers one request of the tus protocol. What @tus/server leaves out of the protocol is done here:
 * the version's and the content type's statuses, the overriding of methods, and checksums. Failures are
 * problem details, as everywhere.
 */
export async function handleTus(
	received: Request,
	tus: Omit<TusRequest, "body" | "checksum" | "key">,
	requestId: string,
): Promise<Response> {
	const { body, headers } = received;
	const method = headers.get("x-http-method-override")?.toUpperCase() ?? received.method;
	const refuse = (failure: Failure) => tusProblem(failure, requestId);

	if (method !== "OPTIONS" && headers.get("tus-resumable") !== VERSION) {
		return refuse({
			code: "tus_version_unsupported",
			detail: `Send \`Tus-Resumable: ${VERSION}\`, as a client of the tus protocol does.`,
			headers: { "tus-version": VERSION },
		});
	}
	if (method === "PATCH" && headers.get("content-type") !== "application/offset+octet-stream") {
		const detail = "Send the bytes as `Content-Type: application/offset+octet-stream`.";
		return refuse({ code: "unsupported_media_type", detail });
	}
	const header = headers.get("upload-checksum");
	const checksum = header === null ? null : uploadChecksum(header);
	if (header !== null && checksum === null) {
		const detail = `Upload-Checksum is an algorithm (${CHECKSUM_ALGORITHMS.join(", ")}), a space, and base64.`;
		return refuse({ code: "invalid_upload", detail });
	}

	const key = idempotencyKey(headers);
	if (key === null) {
		const detail = KEY_DETAILS.invalid_idempotency_key;
		return refuse({ code: "invalid_idempotency_key", detail });
	}

	let failure: Failure | null = null;
	const store = new TusStore({ ...tus, body, checksum, key });
	const server = new Server({
		path: "/uploads",
		datastore: store,
		locker: store,
		maxSize: tus.limits.videoBytes,
		relativeLocation: true,
		// Tokens come in a header, which no other site's page can send without being given one.
		allowedOrigins: [],
		namingFunction: () => newConversionId(Date.now()),
		onIncomingRequest: (_, id) => (method === "POST" ? Promise.resolve() : store.authorize(id)),
		onResponseError: (_, error) => {
			failure = toFailure(error);
			return undefined;
		},
	});
	const request = new Request(received.url, { method, headers });
	const response = await server.handleWeb(request as Parameters<Server["handleWeb"]>[0]);
	if (response.status >= 400) {
		return refuse(
			failure ?? toFailure({ status_code: response.status, body: await response.text() }),
		);
	}
	// Without a body, and so without its type.
	const answer = new Response(null, response);
	for (const name of [...answer.headers.keys()]) {
		// Other sites' pages are http/allow-origins.ts's matter.
		if (/^(content-(type|length)$|access-control-)/.test(name)) answer.headers.delete(name);
	}
	answer.headers.set("cache-control", "no-store");
	if (method === "OPTIONS") {
		answer.headers.set("tus-checksum-algorithm", CHECKSUM_ALGORITHMS.join(","));
	}
	return answer;
}

/** An error of @tus/server, of ours, or of what lies below. */
function toFailure(error: Error | { status_code: number; body: string }): Failure {
	if (error instanceof TusFailure) return error.failure;
	if ("status_code" in error) {
		return { code: CODES[error.status_code] ?? "invalid_upload", detail: error.body.trim() };
	}
	log("error", "upload_failed", { error: describeError(error) });
	return {
		code: "storage_unavailable",
		detail: "The bytes could not be stored. Go on with the upload in a minute.",
	};
}

function tusProblem(failure: Failure, requestId: string): Response {
	const response = problemResponse(failure, requestId);
	const isMismatch = failure.code === "digest_mismatch";
	const answer = isMismatch
		? new Response(response.body, { headers: response.headers, status: CHECKSUM_MISMATCH })
		: response;
	answer.headers.set("tus-resumable", VERSION);
	return answer;
}
