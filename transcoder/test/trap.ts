import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** A port of this machine, TCP and UDP, where nobody has any business; and who came all the same. */
export type Trap = { port: number; visits: string[] } & AsyncDisposable;

export async function setTrap(): Promise<Trap> {
	const visits: string[] = [];
	const server = createServer((socket) => {
		visits.push("TCP");
		socket.destroy();
	});
	for (;;) {
		await once(server.listen(0, "127.0.0.1"), "listening");
		const address = server.address();
		const port = typeof address === "object" ? (address?.port ?? 0) : 0;
		const datagrams = createSocket("udp4", () => visits.push("UDP"));
		const bound = await new Promise<boolean>((resolve) => {
			datagrams.once("error", () => resolve(false)).bind(port, "127.0.0.1", () => resolve(true));
		});
		if (bound) {
			const close = async () => {
				datagrams.close();
				await once(server.close(), "close");
			};
			// Where no test is run, nobody closes it.
			server.unref();
			datagrams.unref();
			return { port, visits, [Symbol.asyncDispose]: close };
		}
		// Somebody else has the UDP port of this number.
		datagrams.close();
		await once(server.close(), "close");
	}
}
