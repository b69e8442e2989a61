import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { streamedGet } from "../http/streamed-get.ts";

/** A server that answers once it is told how, and what a GET from it ends with. */
async function getFrom(answer: (response: ServerResponse) => void, signal: AbortSignal) {
	const server = createServer((_request, response) => answer(response)).listen(0, "127.0.0.1");
	await once(server, "listening");
	await using _closing = {
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
	const { port } = server.address() as AddressInfo;
	const got: Buffer[] = [];
	const get = {
		url: `http://127.0.0.1:${port}/`,
		headers: {},
		onHead: () => undefined,
		onBytes: async (bytes: Uint8Array) => {
			got.push(Buffer.from(bytes));
			return undefined;
		},
	};
	const ended = await streamedGet(get, signal);
	return { ended, got: Buffer.concat(got).toString() };
}

const never = new AbortController().signal;

test("a connection that is reset in the middle of an answer is an interruption", async () => {
	const { ended } = await getFrom((response) => {
		response.writeHead(200, { "content-length": "1000" });
		response.write("some", () => response.socket?.resetAndDestroy());
	}, never);
	expect(ended).toMatchObject({ interrupted: expect.any(String) });
});

test("an answer that ends before its length is an interruption", async () => {
	const { ended } = await getFrom((response) => {
		response.writeHead(200, { "content-length": "1000" });
		response.write("some", () => response.socket?.destroySoon());
	}, never);
	expect(ended).toMatchObject({ interrupted: expect.any(String) });
});

test("it rejects when it is told to stop, in the middle of an answer", async () => {
	const stop = new AbortController();
	const got = getFrom((response) => {
		response.writeHead(200, { "content-length": "1000" });
		response.write("some", () => stop.abort(new Error("enough")));
	}, stop.signal);
	await expect(got).rejects.toThrow("enough");
});

test("a redirect is not followed", async () => {
	let asked = 0;
	const { ended, got } = await getFrom((response) => {
		asked += 1;
		response.writeHead(302, { location: "/elsewhere" }).end("moved");
	}, never);
	expect({ asked, ended, got }).toEqual({ asked: 1, ended: undefined, got: "moved" });
});
