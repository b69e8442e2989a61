import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isHealthy } from "./is-healthy.ts";
import { HEALTH_CONNECTIONS } from "./limits.ts";

export type HealthEndpoint = AsyncDisposable & { port: number };

/**
 * For platforms that ask over HTTP: `GET /healthz` is 200 while the loop turns and 503 when it has
 * stopped, with the age of its last turn (null if that is not known). That is no secret, and it
 * listens on every address: in a container the platform does not ask from within.
 */
export async function openHealthEndpoint(
	port: number,
	silenceMs: () => Promise<number>,
): Promise<HealthEndpoint> {
	const server = createServer((request, response) => answer(request, response, silenceMs));
	server.maxConnections = HEALTH_CONNECTIONS;
	await once(server.listen(port), "listening");
	return {
		port: (server.address() as AddressInfo).port,
		[Symbol.asyncDispose]: async () => {
			const closed = once(server, "close");
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}

async function answer(
	{ method = "", url = "" }: IncomingMessage,
	response: ServerResponse,
	silenceMs: () => Promise<number>,
): Promise<void> {
	// Each probe is a connection of its own: none is left to hold up the shutdown.
	response.setHeader("connection", "close");
	if (url !== "/healthz") {
		response.writeHead(404).end();
		return;
	}
	if (method !== "GET" && method !== "HEAD") {
		response.writeHead(405, { allow: "GET, HEAD" }).end();
		return;
	}
	const lastTurnMs = await silenceMs();
	const healthy = isHealthy(lastTurnMs);
	const body = { status: healthy ? "ok" : "unavailable", lastTurnMs: Math.round(lastTurnMs) };
	response.writeHead(healthy ? 200 : 503, {
		"content-type": "application/json",
		"cache-control": "no-store",
	});
	response.end(`${JSON.stringify(body)}\n`);
}
