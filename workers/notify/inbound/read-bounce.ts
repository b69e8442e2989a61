import type { Attachment, Email } from "postal-mime";
import { headerBlocks } from "./header-blocks.ts";

/** An address that a mail could not be delivered to, for good. */
export interface Bounce {
	/** What the address may have been when the mail was sent: it may have been forwarded since. */
	addresses: string[];
	/** What the mail server said. */
	because: string;
	/** What marks the mail as one of ours, as it came back. */
	names: string[];
}

/** The parts of a report (RFC 3462, 3464). */
const REPORT = "message/delivery-status";
const RETURNED: readonly string[] = ["message/rfc822", "text/rfc822-headers"];

/** About a mail or a policy, not about an address: a full mailbox, a size, a content, a suspicion. */
const NOT_THE_ADDRESS = /^5\.(2\.[23]|3\.4|6\.\d+|7\.\d+)$/;

const reportOf = ({ attachments }: Email): Attachment | undefined =>
	attachments.find(({ mimeType }) => mimeType === REPORT);

/** Whether a mail is a delivery status notification (RFC 3464), good news or bad. */
export const isBounce = (email: Email): boolean => reportOf(email) !== undefined;

/** Each recipient that a report says no mail can be delivered to. */
export function readBounces(email: Email): Bounce[] {
	const report = reportOf(email);
	if (report === undefined) return [];
	const returned = email.attachments.find(({ mimeType }) => RETURNED.includes(mimeType));
	const [original] = headerBlocks(textOf(returned));
	const names = [original?.get("x-earshot-event"), messageName(original?.get("message-id"))];
	const sentTo = addressIn(original?.get("to"));
	// The first block is about the mail, each of the others about a recipient.
	const [, ...recipients] = headerBlocks(textOf(report));
	return recipients.filter(isForGood).map((fields) => ({
		addresses: [
			addressIn(fields.get("original-recipient")),
			addressIn(fields.get("final-recipient")),
			sentTo,
		].filter((address) => address !== undefined),
		because: [fields.get("status"), fields.get("diagnostic-code")]
			.filter((text) => text !== undefined)
			.join(" ")
			.slice(0, 300),
		names: names.filter((name) => name !== undefined),
	}));
}

function isForGood(fields: Map<string, string>): boolean {
	const status = fields.get("status")?.split(/\s/)[0] ?? "";
	const hasFailed = fields.get("action")?.trim().toLowerCase() === "failed";
	return hasFailed && /^5\.\d{1,3}\.\d{1,3}$/.test(status) && !NOT_THE_ADDRESS.test(status);
}

/** `rfc822; ada@example.com`, `Ada <ada@example.com>`. */
const addressIn = (value: string | undefined): string | undefined =>
	/[^\s<>;,"]+@[^\s<>;,"]+/.exec(value ?? "")?.[0].toLowerCase();

/** `<name@example.com>` */
const messageName = (value: string | undefined): string | undefined =>
	/^<([^<>@\s]+)@[^<>@\s]+>$/.exec(value?.trim() ?? "")?.[1];

function textOf(part: Attachment | undefined): string {
	const content = part?.content ?? "";
	return typeof content === "string" ? content : new TextDecoder().decode(content);
}
