import { connect } from "#db/connect.ts";
import notify from "../index.ts";
import { bindings } from "./delivery.ts";

/*
 * Mail that comes in, as text.
 */

/** A file that could be a video, for all that can be told at the door. */
export const TINY_VIDEO = "\0\0\0\u0018ftypmp42";

export interface Draft {
	from?: string;
	/** Above the mail's own headers, as the server that takes it in puts them there. */
	onTop?: string[];
	headers?: string[];
	subject?: string;
	text?: string;
	attachments?: { type: string; name: string; content: string }[];
}

export const OURS = bindings.MAIL_FROM;
export const AUTHENTIC =
	"Authentication-Results: mx.cloudflare.net; dkim=pass header.d=example.com; dmarc=pass header.from=example.com policy.dmarc=reject; spf=pass smtp.mailfrom=example.com";
export const VIDEO = { type: "video/mp4", name: "holiday.mp4", content: TINY_VIDEO };

/** A mail with a video attached, as a mail program writes it. */
export function compose({
	from = "Ada <ada@example.com>",
	onTop = [AUTHENTIC],
	headers = [],
	subject = "my holiday",
	text = "Hello!",
	attachments = [VIDEO],
}: Draft): string {
	return [
		...onTop,
		`From: ${from}`,
		`To: <${OURS}>`,
		`Message-ID: <${crypto.randomUUID()}@example.com>`,
		`Subject: ${subject}`,
		...headers,
		"MIME-Version: 1.0",
		'Content-Type: multipart/mixed; boundary="x"',
		"",
		"--x",
		"Content-Type: text/plain; charset=utf-8",
		"",
		text,
		...attachments.flatMap(({ type, name, content }) => [
			"--x",
			`Content-Type: ${type}; name="${name}"`,
			`Content-Disposition: attachment; filename="${name}"`,
			"Content-Transfer-Encoding: base64",
			"",
			btoa(content),
		]),
		"--x--",
		"",
	].join("\r\n");
}

export interface Report {
	to: string;
	/** Of our mail, as it came back: its X-Earshot-Event, or its Message-ID. */
	returned: string[];
	action?: string;
	status?: string;
	/** How the mail itself comes back. */
	part?: "message/rfc822" | "text/rfc822-headers";
	original?: string;
}

/** A report by RFC 3464, as Postfix writes them. */
export function composeReport({
	to,
	returned,
	action = "failed",
	status = "5.1.1",
	part = "message/rfc822",
	original,
}: Report): string {
	return [
		"From: MAILER-DAEMON@mx.example.net (Mail Delivery System)",
		`To: ${OURS}`,
		`Message-ID: <${crypto.randomUUID()}@mx.example.net>`,
		"Subject: Undelivered Mail Returned to Sender",
		"Auto-Submitted: auto-replied",
		"MIME-Version: 1.0",
		'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="b"',
		"",
		"--b",
		"Content-Description: Notification",
		"Content-Type: text/plain; charset=us-ascii",
		"",
		"I'm sorry to have to inform you that your message could not be delivered.",
		"",
		"--b",
		"Content-Description: Delivery report",
		"Content-Type: message/delivery-status",
		"",
		"Reporting-MTA: dns; mx.example.net",
		"X-Postfix-Queue-ID: 4F2A1",
		"",
		`Final-Recipient: rfc822; ${to}`,
		...(original === undefined ? [] : [`Original-Recipient: rfc822;${original}`]),
		`Action: ${action}`,
		`Status: ${status}`,
		"Diagnostic-Code: smtp; 550 5.1.1 no such user",
		"    here at all",
		"",
		"--b",
		"Content-Description: Undelivered Message",
		`Content-Type: ${part}`,
		"",
		`From: Earshot <${OURS}>`,
		`To: ${original ?? to}`,
		"Subject: Your MP3 is ready",
		...returned,
		"",
		"the body",
		"--b--",
		"",
	].join("\r\n");
}

export interface Taken {
	/** What the server that brought it was told. */
	rejected: string | null;
}

/** Brings a mail to the Worker, as Email Routing would. */
export async function bring(
	raw: string,
	{ from = "ada@example.com", ...replaced }: Partial<NotifyEnv> & { from?: string } = {},
): Promise<Taken> {
	const bytes = new TextEncoder().encode(raw);
	let rejected: string | null = null;
	const unexpected = () => Promise.reject(new Error("nobody is answered"));
	const message: ForwardableEmailMessage = {
		from,
		to: OURS,
		raw: new Response(bytes).body ?? expectBody(),
		rawSize: bytes.byteLength,
		headers: new Headers(),
		setReject: (reason) => {
			rejected = reason;
		},
		forward: unexpected,
		reply: unexpected,
	};
	await notify.email(message, { ...bindings, ...replaced });
	return { rejected };
}

function expectBody(): never {
	throw new Error("a body that is none");
}

export const db = connect(bindings.DB);
