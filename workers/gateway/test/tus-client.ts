import { expect } from "vitest";
import { type Bindings, bindings, recordingQueue, send, signUp } from "./client.ts";

export type Headers = Record<string, string>;

/** The content type of a resumable upload's bytes. */
export const OFFSET = "application/offset+octet-stream";

export type TusClient = Awaited<ReturnType<typeof tusClient>>;

/** A new user who speaks tus, and the queue that the gateway tells of what they have uploaded. */
export async function tusClient() {
	const user = await signUp();
	const queue = recordingQueue();

	const request = (
		method: string,
		path: string,
		headers: Headers = {},
		body?: BodyInit,
		replaced: Partial<Bindings> = {},
	): Promise<Response> => {
		const all = { ...user.auth, "tus-resumable": "1.0.0", ...headers };
		const init = { method, headers: all, ...(body !== undefined && { body }) };
		return send(path, init, { VIDEO_QUEUE: queue, ...replaced });
	};
	const create = (lengthBytes: number, headers: Headers = {}, body?: BodyInit) =>
		request("POST", "/uploads", { "upload-length": String(lengthBytes), ...headers }, body);
	/** A new upload's address. */
	const begin = async (lengthBytes: number, headers: Headers = {}): Promise<string> => {
		const response = await create(lengthBytes, headers);
		expect(response.status).toBe(201);
		return addressOf(response);
	};
	const patch = (path: string, offset: number, body: BodyInit, headers: Headers = {}) => {
		const own = { "upload-offset": String(offset), "content-type": OFFSET };
		return request("PATCH", path, { ...own, ...headers }, body);
	};
	const head = (path: string) => request("HEAD", path);
	const offsetOf = async (path: string): Promise<number> => {
		const response = await head(path);
		expect(response.status).toBe(200);
		return Number(response.headers.get("upload-offset"));
	};
	return { user, queue, request, create, begin, patch, head, offsetOf };
}

/** Where an upload's bytes go. */
export const addressOf = (response: Response): string =>
	response.headers.get("location") ?? expect.fail("no Location");

export const idOf = (path: string): string => path.split("/").at(-1) ?? "";

/** An `Upload-Metadata` header. */
export const metadata = (fields: Record<string, string>): Headers => ({
	"upload-metadata": Object.entries(fields)
		.map(([key, value]) => `${key} ${base64(value)}`)
		.join(","),
});

export const base64 = (text: string): string =>
	btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Expects these bytes, and no others, to be an upload's video. */
export async function expectStored(path: string, bytes: Uint8Array): Promise<void> {
	const object = await bindings.VIDEOS.get(idOf(path));
	const stored = object === null ? new Uint8Array() : new Uint8Array(await object.arrayBuffer());
	expect(stored.byteLength).toBe(bytes.byteLength);
	expect(Buffer.compare(Buffer.from(stored), Buffer.from(bytes))).toBe(0);
}
