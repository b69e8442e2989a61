import { createWriteStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createThrottle, type Link } from "./throttle.ts";

/**
 * R2 as far as transcoders see it, over a link of some speed: GET with Range and If-Match, PUT.
 * Objects are files and never in memory, so that hours of video leave the machine as it is.
 */

/** All that was read, over all connections; what was asked for and not wanted any more included. */
export type Traffic = { requests: number; bytesRead: number };

export const PATH_PREFIX = "/objects/";

const CHUNK_BYTES = 65_536;

export function createObjectStore(link: Link) {
	const files = new Map<string, string>();
	const take = createThrottle(link);
	const traffic: Traffic = { requests: 0, bytesRead: 0 };

	async function* throttled(chunks: AsyncIterable<Buffer>) {
		for await (const chunk of chunks) {
			await take(chunk.length);
			traffic.bytesRead += chunk.length;
			yield chunk;
		}
	}

	const get = async (request: IncomingMessage, response: ServerResponse, file: FileHandle) => {
		traffic.requests++;
		const { size, mtimeMs } = await file.stat();
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
		const chunks = file.createReadStream({
			start,
			end,
			highWaterMark: CHUNK_BYTES,
			autoClose: false,
		});
		return await pipeline(chunks, throttled, response);
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
		await using file = await open(path);
		return await get(request, response, file);
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
