import { type ConversionOptions, conversionOptions } from "#contracts/conversion-options.ts";
import type { UserId } from "#contracts/ids.ts";
import { describeError } from "#contracts/log-line.ts";
import type { ProblemCode } from "#contracts/problem.ts";
import type { Db } from "#db/connect.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { describeIssues } from "../http/describe-issues.ts";
import { log } from "../http/log.ts";
import type { Failure } from "../http/problem.ts";
import { readChunks } from "./body-chunks.ts";
import { cleanFilename } from "./filename.ts";
import { type FormEvent, readFormEvents } from "./form-events.ts";
import { VideoUpload } from "./video-upload.ts";

/** The ways in which an upload is refused or fails. */
export const UPLOAD_PROBLEMS = [
	"empty_file",
	"invalid_form",
	"invalid_options",
	"missing_file",
	"payload_too_large",
	"storage_unavailable",
	"unsupported_media_type",
	"upload_interrupted",
] as const satisfies ProblemCode[];

type Refusal = { ok: false } & Failure<(typeof UPLOAD_PROBLEMS)[number]>;

export type Received = { ok: true; conversion: Conversion } | Refusal;

/** Who uploads, where to, and how much is allowed. */
export interface Reception {
	db: Db;
	bucket: R2Bucket;
	userId: UserId;
	maxBytes: number;
}

/** Receives the form of `POST /upload`: one part `file` and any options as fields. */
export function receiveForm(
	reception: Reception,
	body: ReadableStream<Uint8Array>,
	contentType: string,
): Promise<Received> {
	return receive(reception, readFormEvents(body, contentType));
}

/** Receives a body that is the video itself, with its name and options from the query. */
export function receiveRaw(
	reception: Reception,
	body: ReadableStream<Uint8Array>,
	{ filename, ...options }: Record<string, string>,
): Promise<Received> {
	return receive(reception, rawEvents(body, filename, options));
}

async function* rawEvents(
	body: ReadableStream<Uint8Array>,
	filename: string | undefined,
	options: Record<string, string>,
): AsyncGenerator<FormEvent, void> {
	// First, so that a misspelt option is refused before the video is sent.
	for (const [name, value] of Object.entries(options)) yield { type: "field", name, value };
	yield { type: "file", name: "file", filename };
	yield* readChunks(body);
}

/** Whatever goes wrong, nothing stays behind in R2 or D1. */
async function receive(
	reception: Reception,
	events: AsyncGenerator<FormEvent, void>,
): Promise<Received> {
	let upload: VideoUpload | undefined;
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
					upload = await VideoUpload.begin(reception.db, reception.bucket, {
						userId: reception.userId,
						filename: cleanFilename(event.filename),
					});
					break;
				case "chunk":
					if (upload === undefined) throw new Error("file bytes before the file event");
					if (upload.sizeBytes + event.bytes.byteLength > reception.maxBytes) {
						return tooLarge(reception.maxBytes);
					}
					await upload.write(event.bytes);
					break;
				case "malformed":
					return failed("invalid_form", event.detail);
				case "interrupted":
					return failed("upload_interrupted", "The connection broke. Upload the video again.");
			}
		}
		if (upload === undefined) {
			return failed("missing_file", "Send the video in the form field `file`.");
		}
		if (upload.sizeBytes === 0) {
			return failed("empty_file", "The file holds no bytes. Choose another one.");
		}
		const options = parseOptions(fields);
		if (!options.ok) return options;
		const conversion = await upload.finish(options.value);
		if (conversion === null) {
			return failed("upload_interrupted", "The upload took too long. Upload the video again.");
		}
		isStored = true;
		return { ok: true, conversion };
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

type ParsedOptions = { ok: true; value: ConversionOptions } | Refusal;

function parseOptions(fields: Map<string, string>): ParsedOptions {
	const parsed = conversionOptions.safeParse(Object.fromEntries(fields));
	if (parsed.success) return { ok: true, value: parsed.data };
	return failed("invalid_options", describeIssues(parsed.error));
}

const failed = (code: Refusal["code"], detail: string): Refusal => ({ ok: false, code, detail });

export function tooLarge(maxBytes: number): Refusal {
	const megabytes = Math.floor(maxBytes / 1_000_000);
	return failed(
		"payload_too_large",
		`At most ${megabytes} MB can be uploaded. Cut the video or lower its quality.`,
	);
}
