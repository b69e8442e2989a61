import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** One mail as a server took it. */
export interface Taken {
	from: string;
	to: string[];
	raw: string;
	user: string | undefined;
	isSecure: boolean;
}

export interface TestServer {
	port: number;
	taken: Taken[];
	/** Who tried to log in, with what. */
	logins: string[];
	close(): Promise<void>;
}

/** A refusal with a code. */
export const refusal = (responseCode: number, text: string): Error =>
	Object.assign(new Error(text), { responseCode });

/** A real SMTP server that takes what it is not told to refuse. */
export async function startServer(options: SMTPServerOptions = {}): Promise<TestServer> {
	const taken: Taken[] = [];
	const logins: string[] = [];
	const server = new SMTPServer({
		authOptional: true,
		logger: false,
		onAuth({ username, password }, _session, done) {
			logins.push(`${username}:${password}`);
			if (password === PASSWORD) done(null, { user: username });
			else done(refusal(535, "5.7.8 wrong password"));
		},
		onData(stream, session, done) {
			const chunks: Buffer[] = [];
			stream.on("data", (chunk: Buffer) => chunks.push(chunk));
			stream.on("end", () => {
				const { mailFrom, rcptTo } = session.envelope;
				taken.push({
					from: mailFrom === false ? "" : mailFrom.address,
					to: rcptTo.map(({ address }) => address),
					raw: Buffer.concat(chunks).toString(),
					user: session.user as string | undefined,
					isSecure: session.secure,
				});
				done();
			});
		},
		...options,
	});
	server.on("error", () => {});
	server.listen(0, "localhost");
	await once(server.server, "listening");
	return {
		port: portOf(server.server),
		taken,
		logins,
		close: () => new Promise((done) => server.close(() => done())),
	};
}

export const PASSWORD = "correct horse & battery/staple:%";

/** A server that is none: it does with a connection what it is told. */
export async function startImpostor(
	talk: (socket: Socket, said: (pattern: RegExp) => Promise<void>) => void,
): Promise<{ port: number; heard: () => string; close(): Promise<void> }> {
	let heard = "";
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		let mine = "";
		socket.on("error", () => {});
		socket.on("data", (chunk) => {
			heard += chunk.toString("latin1");
			mine += chunk.toString("latin1");
			socket.emit("heard");
		});
		talk(socket, async (pattern) => {
			while (!pattern.test(mine)) await once(socket, "heard");
		});
	});
	server.listen(0, "localhost");
	await once(server, "listening");
	return {
		port: portOf(server),
		heard: () => heard,
		close: () => {
			for (const socket of sockets) socket.destroy();
			return new Promise((done) => server.close(() => done()));
		},
	};
}

function portOf(server: Pick<Server, "address">): number {
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("no port");
	return address.port;
}
