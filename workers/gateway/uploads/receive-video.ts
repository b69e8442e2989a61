import { createHash } from "node:crypto";
import { type ConversionOptions, conversionOptions } from "#contracts/conversion-options.ts";
import { describeError } from "#contracts/log-line.ts";
import type { ProblemCode } from "#contracts/problem.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { describeIssues } from "../http/describe-issues.ts";
import { log } from "../http/log.ts";
import type { Failure } from "../http/problem.ts";
import { readChunks } from "./body-chunks.ts";
import { FileHead, NO_VIDEO } from "./file-head.ts";
import { cleanFilename } from "./filename.ts";
import { uploadFingerprint } from "./fingerprint.ts";
import type { FormEvent } from "./form-events.ts";
import { quotaProblem } from "./quota.ts";
import { type Reception, VideoUpload } from "./video-upload.ts";

/** The ways in which an upload is refused or fails. */
export const UPLOAD_PROBLEMS = [
	"digest_mismatch",
	"empty_file",
	"idempotency_key_busy",
	"idempotency_key_reused",
	"invalid_form",
	"invalid_idempotency_key",
	"invalid_options",
	"missing_file",
	"payload_too_large",
	"storage_full",
	"storage_unavailable",
	"too_many_conversions",
	"unsupported_media_type",
	"upload_interrupted",
] as const satisfies ProblemCode[];

type Refusal = { ok: false } & Failure<(typeof UPLOAD_PROBLEMS)[number]>;

/** `isNew`: it has just been queued, and not by an earlier request that was the same. */
export type Received = { ok: true; conversion: Conversion; isNew: boolean } | Refusal;

/** What the body of `POST /upload` says when it is the video itself, its name and options in the query. */
export async function* rawEvents(
	body: ReadableStream<Uint8Array>,
	{ filename, ...options }: Record<string, string>,
): AsyncGenerator<FormEvent, void> {
	// First, so that a misspelt option is refused before the video is sent.
	for (const [name, value] of Object.entries(options)) yield { type: "field", name, value };
	yield { type: "file", name: "file", filename };
	yield* readChunks(body);
}

/**
 * Receives one part `file` and any options as fields: stores the video and queues its conversion.
 * Whatever goes wrong, nothing stays behind in R2 or D1.
 */
export async function receive(
	reception: Reception,
	events: AsyncGenerator<FormEvent, void>,
): Promise<Received> {
	let upload: VideoUpload | undefined;
	const head = new FileHead();
	const hash = createHash("sha256");
	let filename = "";
	let isJudged = false;
	let isStored = false;
	try {
		const fields = new Map<string, string>();
		for await (const event of events) {
			switch (event.type) {
				case "field": {
					if (fields.has(event.name)) {
						return failed("invalid_form", "A field is given twice. Send each option once.");
					}
					fields.set(event.name, event.value);
					const options = parseOptions(fields);
					if (!options.ok) return options;
					break;
				}
				case "file":
					if (event.name !== "file") {
						return failed("missing_file", "Send the video in the form field `file`.");
					}
					if (upload !== undefined) {
						return failed("invalid_form", "There are two files. Send one video a request.");
					}
					filename = event.filename ?? "";
					upload = (await VideoUpload.begin(reception, cleanFilename(filename))) ?? undefined;
					if (upload === undefined) return overQuota(reception, reception.announcedBytes ?? 0);
					break;
				case "chunk":
					if (upload === undefined) throw new Error("file bytes before the file event");
					if (upload.sizeBytes + event.bytes.byteLength > reception.maxBytes) {
						return tooLarge(reception.maxBytes);
					}
					hash.update(event.bytes);
					await upload.write(event.bytes);
					if (!isJudged && head.add(event.bytes)) {
						if (!(await head.isAcceptable())) return failed("unsupported_media_type", NO_VIDEO);
						isJudged = true;
					}
					break;
				case "malformed":
				case "interrupted":
					return brokenOff(event);
			}
		}
		if (upload === undefined) {
			return failed("missing_file", "Send the video in the form field `file`.");
		}
		if (upload.sizeBytes === 0) {
			return failed("empty_file", "The file holds no bytes. Choose another one.");
		}
		if (!isJudged && !(await head.isAcceptable()))
			return failed("unsupported_media_type", NO_VIDEO);
		const options = parseOptions(fields);
		if (!options.ok) return options;
		const sha256 = hash.digest("hex");
		const { declaredSha256, held } = reception;
		if (declaredSha256 !== null && sha256 !== declaredSha256) {
			return failed("digest_mismatch", "What arrived is not what was declared. Upload it again.");
		}
		const kept = held && { held, fingerprint: uploadFingerprint(fields, filename, sha256) };
		const conversion = await upload.finish({ sha256, options: options.value, kept });
		if (conversion === null) return overQuota(reception, upload.sizeBytes);
		isStored = true;
		return { ok: true, conversion, isNew: true };
	} catch (error) {
		log("error", "upload_failed", { error: describeError(error) });
		return failed("storage_unavailable", "The video could not be stored. Try again in a minute.");
	} finally {
		if (!isStored) {
			await upload?.abandon().catch((error: unknown) => {
				log("warn", "upload_left_to_sweep", { error: describeError(error) });
			});
		}
	}
}

/** Why a row could not be opened or queued. */
async function overQuota(reception: Reception, sizeBytes: number): Promise<Refusal> {
	const { db, userId, limits } = reception;
	const problem = await quotaProblem(db, userId, limits, sizeBytes);
	if (problem !== null) return { ok: false, ...problem };
	return failed("upload_interrupted", "Something got in its way. Upload the video again.");
}

/** What to say of an upload that did not come to its end. */
export function brokenOff(
	event: Extract<FormEvent, { type: "malformed" | "interrupted" }>,
): Refusal {
	return event.type === "malformed"
		? failed("invalid_form", event.detail)
		: failed("upload_interrupted", "The connection broke. Upload the video again.");
}

type ParsedOptions = { ok: true; value: ConversionOptions } | Refusal;

function parseOptions(fields: Map<string, string>): ParsedOptions {
	const parsed = conversionOptions.safeParse(Object.fromEntries(fields));
	if (parsed.success) return { ok: true, value: parsed.data };
	return failed("invalid_options", describeIssues(parsed.error));
}

export const failed = (code: Refusal["code"], detail: string): Refusal => ({
	ok: false,
	code,
	detail,
});

export function tooLarge(maxBytes: number): Refusal {
	const megabytes = Math.floor(maxBytes / 1_000_000);
	return failed(
		"payload_too_large",
		`One request takes at most ${megabytes} MB. Upload larger videos in pieces, by the tus protocol: POST /uploads.`,
	);
}
