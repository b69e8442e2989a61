import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { streamedGet } from "../http/streamed-get.ts";

type Server = {
	answer: (response: ServerResponse) => void;
	/** When the first bytes of the answer have come. */
	onFirstBytes?: (response: ServerResponse) => void;
};

/** What a GET from a server ends with. */
async function getFrom({ answer, onFirstBytes }: Server, signal: AbortSignal) {
	let asked: ServerResponse | undefined;
	const server = createServer((_request, response) => {
		asked = response;
		answer(response);
	}).listen(0, "127.0.0.1");
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
			if (got.push(Buffer.from(bytes)) === 1 && asked) onFirstBytes?.(asked);
			return undefined;
		},
	};
	const ended = await streamedGet(get, signal);
	return { ended, got: Buffer.concat(got).toString() };
}

const never = new AbortController().signal;

/** An answer that does not go on. */
function begin(response: ServerResponse): void {
	response.writeHead(200, { "content-length": "1000" });
	response.write("some");
}

test("a connection that is reset in the middle of an answer is an interruption", async () => {
	const onFirstBytes = (response: ServerResponse) => response.socket?.resetAndDestroy();
	const { ended } = await getFrom({ answer: begin, onFirstBytes }, never);
	expect(ended).toMatchObject({ interrupted: expect.any(String) });
});

test("an answer that ends before its length is an interruption", async () => {
	const onFirstBytes = (response: ServerResponse) => response.socket?.destroySoon();
	const { ended } = await getFrom({ answer: begin, onFirstBytes }, never);
	expect(ended).toMatchObject({ interrupted: expect.any(String) });
});

test("it rejects when it is told to stop, in the middle of an answer", async () => {
	const stop = new AbortController();
	const onFirstBytes = () => stop.abort(new Error("enough"));
	const got = getFrom({ answer: begin, onFirstBytes }, stop.signal);
	await expect(got).rejects.toThrow("enough");
});

test("a redirect is not followed", async () => {
	let asked = 0;
	const answer = (response: ServerResponse) => {
		asked += 1;
		response.writeHead(302, { location: "/elsewhere" }).end("moved");
	};
	const { ended, got } = await getFrom({ answer }, never);
	expect({ asked, ended, got }).toEqual({ asked: 1, ended: undefined, got: "moved" });
});
