import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface LocalServer {
	url: string;
	close(): Promise<void>;
}

/** A server on this machine, on any free port. */
export async function listen(
	answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalServer> {
	const server = createServer(answer);
	const { promise: listening, resolve } = Promise.withResolvers<void>();
	server.listen(0, "127.0.0.1", resolve);
	await listening;
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("no port");
	return {
		url: `http://127.0.0.1:${address.port}`,
		close() {
			const { promise, resolve } = Promise.withResolvers<void>();
			server.close(() => resolve());
			server.closeAllConnections();
			return promise;
		},
	};
}
