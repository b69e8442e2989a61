import { createServer } from "node:net";

/** Whether nobody listens on a port of this machine, on IPv4 or IPv6. */
export async function isPortFree(port: number): Promise<boolean> {
	for (const host of ["127.0.0.1", "::1"]) {
		const error = await tryListen(port, host);
		// A machine without IPv6 has nobody listening there.
		if (error !== null && error.code !== "EADDRNOTAVAIL" && error.code !== "EAFNOSUPPORT")
			return false;
	}
	return true;
}

/** A port that is free now. */
export async function findFreePort(): Promise<number> {
	const { promise, resolve, reject } = Promise.withResolvers<number>();
	const server = createServer();
	server.once("error", reject);
	server.listen(0, "127.0.0.1", () => {
		const address = server.address();
		server.close(() =>
			typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
		);
	});
	return promise;
}

function tryListen(port: number, host: string): Promise<NodeJS.ErrnoException | null> {
	const { promise, resolve } = Promise.withResolvers<NodeJS.ErrnoException | null>();
	const server = createServer();
	server.once("error", resolve);
	server.listen(port, host, () => server.close(() => resolve(null)));
	return promise;
}
