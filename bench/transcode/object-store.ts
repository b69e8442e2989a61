import { closeSync, createWriteStream, fstatSync, openSync, readSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createThrottle, type Link } from "./throttle.ts";

/**
 * R2 as far as transcoders see it, over a link of some speed: GET with Range and If-Match, PUT.
 * Objects are files and never in memory, so that hours of video leave the machine as it is. It reads
 * without threads, which is the least work: contenders have to share their cores with it.
 */

/** All that was read, over all connections; what was asked for and not wanted any more included. */
export type Traffic = { requests: number; bytesRead: number };

export const PATH_PREFIX = "/objects/";

const CHUNK_BYTES = 65_536;

export function createObjectStore(link: Link) {
	const files = new Map<string, string>();
	const take = createThrottle(link);
	const traffic: Traffic = { requests: 0, bytesRead: 0 };

	const send = async (file: number, start: number, end: number, response: ServerResponse) => {
		for (let position = start; position < end && !response.destroyed; ) {
			const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end - position));
			const bytesRead = readSync(file, chunk, 0, chunk.length, position);
			if (bytesRead === 0) throw new Error("an object has become shorter");
			await take(bytesRead);
			traffic.bytesRead += bytesRead;
			position += bytesRead;
			if (!response.write(chunk.subarray(0, bytesRead))) await drained(response);
		}
		response.end();
	};

	const get = async (request: IncomingMessage, response: ServerResponse, file: number) => {
		traffic.requests++;
		const { size, mtimeMs } = fstatSync(file);
		const etag = `"${size}-${mtimeMs}"`;
		const { range, "if-match": ifMatch } = request.headers;
		if (ifMatch !== undefined && ifMatch !== etag) return response.writeHead(412).end();
		const [, from = "0", to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
		const start = Number(from);
		const end = Math.min(size - 1, to ? Number(to) : Number.POSITIVE_INFINITY);
		if (start > end) return response.writeHead(416).end();
		const head = { etag, "accept-ranges": "bytes", "content-length": end - start + 1 };
		const contentRange = { "content-range": `bytes ${start}-${end}/${size}` };
		if (range === undefined) response.writeHead(200, head);
		else response.writeHead(206, { ...head, ...contentRange });
		return await send(file, start, end + 1, response);
	};

	const answer = async (request: IncomingMessage, response: ServerResponse) => {
		const path = files.get((request.url ?? "").slice(PATH_PREFIX.length));
		if (path === undefined) return response.writeHead(404).end();
		if (request.method === "PUT") {
			// At the link's latency, but not at its speed: nobody else here has to store what he made.
			await pipeline(request, createWriteStream(path));
			return response.writeHead(200, { etag: '"stored"' }).end();
		}
		if (request.method !== "GET") return response.writeHead(405).end();
		const file = openSync(path, "r");
		try {
			return await get(request, response, file);
		} finally {
			closeSync(file);
		}
	};

	return {
		traffic,
		/** Gives a file a key. A PUT makes it, or replaces it. */
		keep: (key: string, path: string) => {
			files.set(key, path);
		},
		handle: async (request: IncomingMessage, response: ServerResponse) => {
			await sleep(link.latencyMs);
			try {
				await answer(request, response);
			} catch (error) {
				// Readers break off what they do not need; anything else is this store's own failure.
				if (!response.destroyed) throw error;
			}
		},
	};
}

/** Resolves when there is room for more, or when nobody reads any more. */
async function drained(response: ServerResponse): Promise<void> {
	const { promise, resolve } = Promise.withResolvers<void>();
	response.once("drain", resolve).once("close", resolve);
	await promise;
	response.off("drain", resolve).off("close", resolve);
}
