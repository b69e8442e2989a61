import type { Email } from "postal-mime";

/** Headers that only machines, and lists, put into mail. */
const SIGNS: readonly string[] = [
	"feedback-id",
	"list-id",
	"list-unsubscribe",
	"x-auto-response-suppress",
	"x-autoreply",
	"x-autorespond",
	"x-earshot-event",
	"x-loop",
];

/**
 * Whether a machine has sent a mail: then nobody waits for an answer, and one might be answered again
 * (RFC 3834).
 *
 * @param envelopeFrom empty for what nobody is to be told of.
 */
export function isAutomatic(email: Email, envelopeFrom: string, ownAddress: string): boolean {
	const first = (name: string) => email.headers.find(({ key }) => key === name)?.value;
	const precedence = first("precedence")?.trim() ?? "";
	const submitted = first("auto-submitted")?.trim() ?? "no";
	const senders = [envelopeFrom, email.from?.address ?? "", email.sender?.address ?? ""];
	return (
		/^(<>)?$/.test(envelopeFrom.trim()) ||
		!/^no\b/i.test(submitted) ||
		/^(bulk|junk|list|auto_reply)$/i.test(precedence) ||
		email.headers.some(({ key }) => SIGNS.includes(key)) ||
		senders.some((address) => address.toLowerCase() === ownAddress.toLowerCase()) ||
		senders.some((address) => /^(mailer-daemon|postmaster|no-?reply)@/i.test(address))
	);
}
