/** What a server says to a command (RFC 5321, 4.2). */
export interface SmtpReply {
	/** Three digits. */
	code: number;
	/** Enhanced: `5.1.1` (RFC 3463). */
	status: string | null;
	/** Its lines, without their codes. */
	lines: readonly string[];
}

/** RFC 5321, 4.5.3.1.5, has 512 for a line. No honest server says more than this in one reply. */
const MAX_REPLY_BYTES = 16 * 1024;

const LINE = /^([2-5]\d\d)(?:([ -])(.*))?$/;
const STATUS = /^([245]\.\d{1,3}\.\d{1,3})\b/;

/** The connection ended, or what came is no SMTP. */
export class SmtpProtocolError extends Error {}

/** Reads replies off a connection, one after the other. */
export class ReplyReader {
	readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
	#buffered = "";

	constructor(readable: ReadableStream<Uint8Array>) {
		this.#reader = readable.getReader();
	}

	/** Throws SmtpProtocolError when there will be none. */
	async read(): Promise<SmtpReply> {
		const lines: string[] = [];
		let bytes = 0;
		while (true) {
			const line = await this.#line(MAX_REPLY_BYTES - bytes);
			bytes += line.length;
			const [, code, separator, text = ""] = LINE.exec(line) ?? [];
			if (code === undefined) throw new SmtpProtocolError("not a reply of SMTP");
			lines.push(text);
			if (separator === "-") continue;
			return { code: Number(code), status: STATUS.exec(text)?.[1] ?? null, lines };
		}
	}

	/**
	 * Gives the connection up, for TLS to take over. What came before is forgotten: somebody in between
	 * may have put it there (CVE-2011-0411).
	 */
	release(): void {
		this.#buffered = "";
		this.#reader.releaseLock();
	}

	async #line(most: number): Promise<string> {
		while (true) {
			const end = this.#buffered.indexOf("\n");
			if (end >= 0) {
				const line = this.#buffered.slice(0, end).replace(/\r$/, "");
				this.#buffered = this.#buffered.slice(end + 1);
				return line;
			}
			if (this.#buffered.length > most) throw new SmtpProtocolError("a reply without end");
			const { done, value } = await this.#reader.read();
			if (done) throw new SmtpProtocolError("the connection was closed");
			// Octets: whatever is not ASCII is for nobody to read.
			this.#buffered += Buffer.from(value).toString("latin1");
		}
	}
}
