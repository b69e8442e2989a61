import { describeError } from "#contracts/log-line.ts";
import type { Envelope, SendResult } from "../mail/mail-transport.ts";
import { logIn } from "./log-in.ts";
import { SmtpProtocolError } from "./smtp-reply.ts";
import { SmtpRefusal, SmtpSession } from "./smtp-session.ts";
import type { SmtpServer } from "./smtp-url.ts";

/**
 * Hands a mail to an SMTP server (RFC 5321) on a connection of its own. Never throws.
 *
 * @param timeoutMs for all of it.
 */
export async function sendSmtp(
	server: SmtpServer,
	envelope: Envelope,
	raw: string,
	timeoutMs: number,
): Promise<SendResult> {
	if (!isPlain(envelope.to)) return UNSPEAKABLE;
	// A setting of ours, which can be mended.
	if (!isPlain(envelope.from)) return temporary("sender_refused", "MAIL_FROM is not an address.");
	let session: SmtpSession | undefined;
	const timeout = AbortSignal.timeout(timeoutMs);
	const timedOut = new Promise<never>((_, reject) => {
		timeout.addEventListener("abort", () => reject(timeout.reason));
	});
	// Nobody waits for it once the mail is sent.
	timedOut.catch(() => {});
	try {
		session = new SmtpSession(server);
		await Promise.race([talk(session, server, envelope, raw), timedOut]);
		return { ok: true, messageId: messageIdOf(raw) };
	} catch (error) {
		if (error instanceof SmtpRefusal) return refused(error);
		const code = timeout.aborted ? "timed_out" : codeOf(error);
		return temporary(code, describeError(error));
	} finally {
		session?.close();
	}
}

/** Addresses are checked when they are entered; here they become words of a protocol. */
const isPlain = (address: string): boolean => /^[!-;=?-~]{3,254}$/.test(address);

const UNSPEAKABLE: SendResult = {
	ok: false,
	isPermanent: true,
	isUndeliverable: false,
	code: "address_refused",
	reason: "The address has characters in it that SMTP does not know.",
};

async function talk(
	session: SmtpSession,
	server: SmtpServer,
	{ from, to }: Envelope,
	raw: string,
): Promise<void> {
	await session.greeting();
	// What a client says that has no address of its own (RFC 5321, 4.1.3).
	const ehlo = () => session.say("EHLO", "EHLO [127.0.0.1]", 2);
	let capabilities = (await ehlo()).lines;
	if (server.tls === "starttls") {
		// A server that does not offer it is refused, as somebody in between may have taken it away.
		await session.say("STARTTLS", "STARTTLS", 2);
		session.secure();
		capabilities = (await ehlo()).lines;
	}
	if (server.credentials !== null) await logIn(session, capabilities, server.credentials);
	await session.say("MAIL FROM", `MAIL FROM:<${from}>`, 2);
	await session.say("RCPT TO", `RCPT TO:<${to}>`, 2);
	await session.say("DATA", "DATA", 3);
	await session.sendContent(`${dotStuffed(raw)}.\r\n`);
	// Nobody waits for the good-bye.
	await session.write("QUIT\r\n").catch(() => {});
}

/** A line of one dot would end the mail (RFC 5321, 4.5.2). */
function dotStuffed(raw: string): string {
	const stuffed = raw.replace(/^\./gm, "..");
	return stuffed.endsWith("\r\n") ? stuffed : `${stuffed}\r\n`;
}

const messageIdOf = (raw: string): string => /^message-id:\s*(<[^>]+>)/im.exec(raw)?.[1] ?? "";

/**
 * Mailbox unknown, moved, disabled, or not as addresses are (RFC 3463, 3.2 and 3.3). A bare 550 says as
 * much of a server that does not want to pass our mail on.
 */
const UNDELIVERABLE = /^5\.(1\.[0-36]|1\.10|2\.1)$/;

/**
 * A refusal for good counts as such only if it is about this mail: what a server has against our
 * password or our address, whoever runs Earshot can mend, and the mail waits.
 */
function refused({ command, reply, message }: SmtpRefusal): SendResult {
	const { code, status } = reply;
	const isAboutMail = command === "RCPT TO" || command === "DATA" || command === "content";
	const isPermanent = isAboutMail && code >= 500;
	return {
		ok: false,
		isPermanent,
		isUndeliverable: isPermanent && command === "RCPT TO" && UNDELIVERABLE.test(status ?? ""),
		code: status === null ? String(code) : `${code} ${status}`,
		reason: message.slice(0, 500),
	};
}

const temporary = (code: string, reason: string): SendResult => ({
	ok: false,
	isPermanent: false,
	isUndeliverable: false,
	code,
	reason,
});

const codeOf = (error: unknown): string =>
	error instanceof SmtpProtocolError ? "protocol_error" : "unreachable";
