import { connect } from "cloudflare:sockets";
import { ReplyReader, type SmtpReply } from "./smtp-reply.ts";
import type { SmtpServer } from "./smtp-url.ts";

/** What a server answered that ends the session. */
export class SmtpRefusal extends Error {
	readonly reply: SmtpReply;
	/** The command that it answers. */
	readonly command: SmtpCommand;

	constructor(command: SmtpCommand, reply: SmtpReply) {
		super(`${command}: ${reply.code} ${reply.lines.join(" ")}`);
		this.command = command;
		this.reply = reply;
	}
}

export type SmtpCommand =
	| "connect"
	| "EHLO"
	| "STARTTLS"
	| "AUTH"
	| "MAIL FROM"
	| "RCPT TO"
	| "DATA"
	| "content";

/** One connection to a server (RFC 5321), over a Worker's sockets. */
export class SmtpSession {
	#socket: Socket;
	#replies: ReplyReader;
	#writer: WritableStreamDefaultWriter<Uint8Array>;

	constructor({ host, port, tls }: Pick<SmtpServer, "host" | "port" | "tls">) {
		const secureTransport = { implicit: "on", starttls: "starttls", none: "off" } as const;
		this.#socket = connect(
			{ hostname: host, port },
			{ secureTransport: secureTransport[tls], allowHalfOpen: false },
		);
		this.#replies = new ReplyReader(this.#socket.readable);
		this.#writer = this.#socket.writable.getWriter();
	}

	/** The server's greeting. */
	greeting(): Promise<SmtpReply> {
		return this.#expect("connect", 2);
	}

	/** Says a line, and expects an answer of this hundred. Throws SmtpRefusal when it is another. */
	async say(command: SmtpCommand, line: string, hundred: 2 | 3): Promise<SmtpReply> {
		// One line is one command: nobody's address or password says more than one.
		if (/[\r\n\0]/.test(line)) throw new Error("a line break in a command");
		await this.write(`${line}\r\n`);
		return this.#expect(command, hundred);
	}

	/** Writes text and expects an answer of 2xx. */
	async sendContent(text: string): Promise<SmtpReply> {
		await this.write(text);
		return this.#expect("content", 2);
	}

	async write(text: string): Promise<void> {
		await this.#writer.write(Buffer.from(text, "utf8"));
	}

	/** Everything from here on is encrypted. The certificate is checked against the host's name. */
	secure(): void {
		this.#replies.release();
		this.#writer.releaseLock();
		this.#socket = this.#socket.startTls();
		this.#replies = new ReplyReader(this.#socket.readable);
		this.#writer = this.#socket.writable.getWriter();
	}

	/** Ends the connection, whatever state it is in. */
	close(): void {
		this.#socket.close().catch(() => {});
	}

	async #expect(command: SmtpCommand, hundred: 2 | 3): Promise<SmtpReply> {
		const reply = await this.#replies.read();
		if (Math.floor(reply.code / 100) !== hundred) throw new SmtpRefusal(command, reply);
		return reply;
	}
}
