import { createHash } from "node:crypto";
import type { Exchange, Fault } from "./exchange.ts";

/**
 * R2's S3 endpoint as far as presigned URLs reach: GET with Range and If-Match, and PUT with the
 * signed headers and a Content-Length. A signature opens one method on one key.
 */

type Signed = { method: "GET" | "PUT"; headers: Record<string, string> };

export type ObjectStore = ReturnType<typeof createObjectStore>;

export function createObjectStore() {
	const objects = new Map<string, Buffer>();
	const signatures = new Map<string, Signed>();
	const faults: { method: string; fault: Fault; after: number }[] = [];
	const seen = {
		requests: 0,
		/** As they were asked for. */
		ranges: [] as string[],
		bytesServed: 0,
	};

	const get = (exchange: Exchange, key: string) => {
		const bytes = objects.get(key);
		if (!bytes) return exchange.reply(404);
		const etag = etagOf(bytes);
		const { range, "if-match": ifMatch } = exchange.headers;
		if (ifMatch !== undefined && ifMatch !== etag) return exchange.reply(412);
		const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
		if (range === undefined || from === undefined) {
			seen.bytesServed += bytes.length;
			return exchange.reply(200, bytes, { etag });
		}
		seen.ranges.push(range);
		if (Number(from) >= bytes.length) return exchange.reply(416);
		const last = Math.min(bytes.length - 1, to ? Number(to) : Number.POSITIVE_INFINITY);
		const part = bytes.subarray(Number(from), last + 1);
		seen.bytesServed += part.length;
		const contentRange = `bytes ${from}-${last}/${bytes.length}`;
		return exchange.reply(206, part, { etag, "content-range": contentRange });
	};

	const put = (exchange: Exchange, key: string, signed: Signed) => {
		const sent = exchange.headers;
		const unsigned = Object.entries(signed.headers).filter(([name, value]) => sent[name] !== value);
		if (unsigned.length > 0) return exchange.reply(403, { unsigned });
		if (sent["content-length"] === undefined) return exchange.reply(411);
		objects.set(key, exchange.body);
		return exchange.reply(200, undefined, { etag: etagOf(exchange.body) });
	};

	return {
		seen,
		objects,
		/** Path and query of a presigned URL. */
		presign: (method: Signed["method"], key: string, headers: Record<string, string> = {}) => {
			const signature = createHash("sha256").update(`${method} ${key}`).digest("hex");
			signatures.set(signature, { method, headers });
			return `/objects/${key}?X-Amz-Signature=${signature}`;
		},
		failNext: (method: Signed["method"], ...next: Fault[]) => {
			faults.push(...next.map((fault) => ({ method, fault, after: 0 })));
		},
		/** When `after` requests have been answered as they should be. */
		failLater: (method: Signed["method"], after: number, fault: Fault) => {
			faults.push({ method, fault, after });
		},

		handle: (exchange: Exchange) => {
			const key = exchange.path.replace(/^\/objects\//, "");
			const signature = exchange.query.get("X-Amz-Signature") ?? "";
			const expected = createHash("sha256").update(`${exchange.method} ${key}`).digest("hex");
			const signed = signatures.get(signature);
			if (!signed || signature !== expected) return exchange.reply(403);
			if (hasExpired(exchange.query)) return exchange.reply(400);
			seen.requests++;
			const planned = faults.findIndex((entry) => entry.method === exchange.method);
			const entry = faults[planned];
			if (entry && entry.after-- === 0) {
				faults.splice(planned, 1);
				return entry.fault(exchange);
			}
			return signed.method === "GET" ? get(exchange, key) : put(exchange, key, signed);
		},
	};
}

/** The same presigned URL, as it was signed in a year: for a minute. */
export const signedIn = (year: number, url: string) =>
	`${url}&X-Amz-Date=${year}0101T000000Z&X-Amz-Expires=60`;

/** Whole years decide. https://developers.cloudflare.com/r2/api/error-codes/ */
const hasExpired = (query: URLSearchParams) =>
	Number(query.get("X-Amz-Date")?.slice(0, 4)) < new Date().getUTCFullYear();

const etags = new WeakMap<Buffer, string>();

export function etagOf(bytes: Buffer): string {
	const etag = etags.get(bytes) ?? `"${createHash("md5").update(bytes).digest("hex")}"`;
	etags.set(bytes, etag);
	return etag;
}

/** Answers 200 with the object's true length, and breaks off after some of its bytes. */
export const breakAfter =
	(bytes: Buffer, count: number): Fault =>
	({ response }) => {
		response.writeHead(200, { "content-length": bytes.length, etag: etagOf(bytes) });
		response.write(bytes.subarray(0, count), () => response.destroy());
	};
