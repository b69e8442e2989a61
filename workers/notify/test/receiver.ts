import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";

/*
 * A receiver of webhooks that behaves as its path says, in a process outside the Worker:
 * `/{name}/{behaviour}`. `GET /{name}` tells what was received under a name.
 */

export interface Received {
	path: string;
	headers: Record<string, string>;
	body: string;
}

declare module "vitest" {
	interface ProvidedContext {
		receiverUrl: string;
	}
}

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

const behaviours: Record<string, Behaviour> = {
	ok: (_, response) => response.end("thank you"),
	"never-answers": () => {},
	"stops-halfway": (_, response) => {
		response.writeHead(500, { "content-length": "100" });
		response.write("half an ans");
	},
	"accepts-and-stops": (_, response) => {
		response.writeHead(200, { "content-length": "100" });
		response.write("half an ans");
	},
	endless: (_, response) => {
		response.writeHead(500);
		const more = () => {
			while (!response.destroyed && response.write("\u0007<b>no</b>\n".repeat(1000)));
		};
		response.on("drain", more);
		more();
	},
	drops: (request) => request.socket.destroy(),
	redirects: (request, response) => {
		const [, name] = (request.url ?? "").split("/");
		response.writeHead(307, { location: `/${name}/ok?redirected` }).end();
	},
	"later-please": (_, response) => {
		response.writeHead(429, { "retry-after": "1800" }).end("busy");
	},
};

const received = new Map<string, Received[]>();

function answer(request: IncomingMessage, response: ServerResponse): void {
	const path = request.url ?? "";
	const [, name = "", behaviour = ""] = path.split(/[/?]/);
	if (request.method === "GET") {
		response.end(JSON.stringify(received.get(name) ?? []));
		return;
	}
	const chunks: Buffer[] = [];
	request.on("data", (chunk: Buffer) => chunks.push(chunk));
	request.on("end", () => {
		const headers = request.headers as Record<string, string>;
		const body = Buffer.concat(chunks).toString();
		received.set(name, [...(received.get(name) ?? []), { path, headers, body }]);
		const act = behaviours[behaviour];
		if (act !== undefined) act(request, response);
		else response.writeHead(Number(behaviour)).end(`this is ${behaviour}`);
	});
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const server = createServer(answer);
	await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
	const { port } = server.address() as AddressInfo;
	project.provide("receiverUrl", `http://127.0.0.1:${port}`);
	return async () => {
		server.closeAllConnections();
		await new Promise((done) => server.close(done));
	};
}
