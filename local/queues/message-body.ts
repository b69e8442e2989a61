/**
 * How a body travels. A pull consumer cannot be given `v8`:
 * https://developers.cloudflare.com/queues/configuration/pull-consumers/#content-types
 */
export type ContentType = "json" | "text" | "bytes";

/** A body as it is stored and measured: UTF-8 for `json` and `text`. */
export interface EncodedBody {
	contentType: ContentType;
	body: Uint8Array;
}

const encoder = new TextEncoder();
// Without `ignoreBOM` a text that starts with U+FEFF would lose it.
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

export function encodeText(text: string): EncodedBody {
	return { contentType: "text", body: encoder.encode(text) };
}

/** `value` comes out of a JSON parser. */
export function encodeJson(value: unknown): EncodedBody {
	return { contentType: "json", body: encoder.encode(JSON.stringify(value)) };
}

export function encodeBytes(bytes: Uint8Array): EncodedBody {
	return { contentType: "bytes", body: bytes };
}

/** A body as a producer binding sends it. */
export function decodeBody({ contentType, body }: EncodedBody): {
	contentType: ContentType;
	body: unknown;
} {
	switch (contentType) {
		case "json":
			return { contentType, body: JSON.parse(decoder.decode(body)) };
		case "text":
			return { contentType, body: decoder.decode(body) };
		case "bytes":
			return { contentType, body };
	}
}

/** The `body` of a pulled message: plain for `text`, base64 (RFC 4648) for the others. */
export function bodyOnTheWire({ contentType, body }: EncodedBody): string {
	return contentType === "text" ? decoder.decode(body) : body.toBase64();
}
