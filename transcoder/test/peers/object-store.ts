import { createHash } from "node:crypto";
import type { Exchange, Fault } from "./exchange.ts";

/**
 * R2's S3 endpoint as far as presigned URLs reach: GET with Range and If-Match, and PUT with the
 * signed headers and a Content-Length. A signature opens one method on one key.
 */

type Signed = { method: "GET" | "PUT"; headers: Record<string, string> };

export function createObjectStore() {
	const objects = new Map<string, Buffer>();
	const signatures = new Map<string, Signed>();
	const faults: { method: string; fault: Fault }[] = [];
	const seen = { ranges: [] as string[] };

	const get = (exchange: Exchange, key: string) => {
		const bytes = objects.get(key);
		if (!bytes) return exchange.reply(404);
		const etag = etagOf(bytes);
		const { range, "if-match": ifMatch } = exchange.headers;
		if (ifMatch !== undefined && ifMatch !== etag) return exchange.reply(412);
		const [, from] = /^bytes=(\d+)-$/.exec(range ?? "") ?? [];
		if (range === undefined || from === undefined) return exchange.reply(200, bytes, { etag });
		seen.ranges.push(range);
		const contentRange = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
		const rest = bytes.subarray(Number(from));
		return exchange.reply(206, rest, { etag, "content-range": contentRange });
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
			faults.push(...next.map((fault) => ({ method, fault })));
		},

		handle: (exchange: Exchange) => {
			const key = exchange.path.replace(/^\/objects\//, "");
			const signature = exchange.query.get("X-Amz-Signature") ?? "";
			const expected = createHash("sha256").update(`${exchange.method} ${key}`).digest("hex");
			const signed = signatures.get(signature);
			if (!signed || signature !== expected) return exchange.reply(403);
			const planned = faults.findIndex((entry) => entry.method === exchange.method);
			const [fault] = planned < 0 ? [] : faults.splice(planned, 1);
			if (fault) return fault.fault(exchange);
			return signed.method === "GET" ? get(exchange, key) : put(exchange, key, signed);
		},
	};
}

export function etagOf(bytes: Buffer): string {
	return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

/** Answers 200 with the object's true length, and breaks off after some of its bytes. */
export const breakAfter =
	(bytes: Buffer, count: number): Fault =>
	({ response }) => {
		response.writeHead(200, { "content-length": bytes.length, etag: etagOf(bytes) });
		response.write(bytes.subarray(0, count), () => response.destroy());
	};
