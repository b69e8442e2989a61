import { parse as parseDisposition } from "content-disposition";
import { decodeField, type MultipartError, make, type PartInfo } from "multipasta";
import { MAX_FIELD_BYTES, MAX_FORM_PARTS } from "../limits.ts";
import { type BodyChunk, readChunks } from "./body-chunks.ts";
import { wholeDelimiters } from "./whole-delimiters.ts";

/** What a multipart/form-data body says, in its order. A file's chunks follow its `file` event. */
export type FormEvent =
	| BodyChunk
	| { type: "field"; name: string; value: string }
	| { type: "file"; name: string; filename: string | undefined }
	| { type: "malformed"; detail: string };

/**
 * Parses multipart/form-data (RFC 7578) as it arrives. The body is read only as fast as the events
 * are taken, so memory stays at one network chunk. After `malformed` or `interrupted` it ends.
 */
export async function* readFormEvents(
	body: ReadableStream<Uint8Array>,
	contentType: string,
): AsyncGenerator<FormEvent, void> {
	let events: FormEvent[] = [];
	let isComplete = false;
	const malformed = (detail: string) => events.push({ type: "malformed", detail });
	const parser = make({
		headers: { "content-type": contentType },
		maxParts: MAX_FORM_PARTS,
		maxFieldSize: MAX_FIELD_BYTES,
		isFile: (part) => {
			const { name, filename } = names(part);
			return name === "file" || filename !== undefined;
		},
		onField: (part, value) =>
			events.push({ type: "field", name: names(part).name, value: decodeField(part, value) }),
		onFile: (part) => {
			events.push({ type: "file", ...names(part) });
			return (bytes) => {
				if (bytes !== null) events.push({ type: "chunk", bytes });
			};
		},
		onError: (error) => malformed(describe(error)),
		onDone: () => {
			isComplete = true;
		},
	});
	/** multipasta throws on some malformed headers instead of reporting them. */
	const parse = (step: () => void) => {
		try {
			step();
		} catch {
			malformed("A part's headers cannot be read.");
		}
	};

	const cut = wholeDelimiters(boundaryOf(contentType));
	for await (const chunk of readChunks(body)) {
		if (chunk.type === "interrupted") {
			yield chunk;
			return;
		}
		// What follows the closing boundary is no part of the form (RFC 2046, 5.1.1).
		if (isComplete) continue;
		parse(() => parser.write(cut(chunk.bytes)));
		for (const event of events) {
			yield event;
			if (event.type === "malformed") return;
		}
		events = [];
	}
	if (!isComplete) {
		yield { type: "malformed", detail: "The form ends before its closing boundary." };
	}
}

/** The `boundary` of a multipart Content-Type (RFC 2046, 5.1.1). */
function boundaryOf(contentType: string): string {
	const [, quoted, bare] = /;\s*boundary=(?:"([^"]*)"|([^\s;]*))/i.exec(contentType) ?? [];
	return quoted ?? bare ?? "";
}

/**
 * The names in a part's Content-Disposition, as browsers write them: raw UTF-8, with `"` and line
 * breaks percent-encoded. multipasta gives up on characters beyond U+00FF, emoji among them.
 */
function names(part: PartInfo): { name: string; filename: string | undefined } {
	const { parameters } = parseDisposition(String(part.headers["content-disposition"] ?? ""), {
		multipart: true,
	});
	return { name: parameters["name"] ?? "", filename: parameters["filename"] };
}

function describe(error: MultipartError): string {
	switch (error._tag) {
		case "InvalidBoundary":
			return "The Content-Type header names no boundary.";
		case "ReachedLimit":
			return "The form has too many parts, or a field that is too long.";
		case "BadHeaders":
		case "InvalidDisposition":
			return "A part's headers cannot be read.";
		case "EndNotReached":
			return "The form ends before its closing boundary.";
	}
}
