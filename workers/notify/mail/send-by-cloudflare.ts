import { EmailMessage } from "cloudflare:email";
import { describeError } from "#contracts/log-line.ts";
import type { Envelope, SendResult } from "./mail-transport.ts";

/** Cloudflare's list of addresses that mail came back from, or whose owners complained. */
const SUPPRESSED = "E_RECIPIENT_SUPPRESSED";

/**
 * About this mail or its address: another try ends the same way. What is about our own settings
 * (E_SENDER_NOT_VERIFIED), a limit or an outage is not here: whoever runs Earshot can mend it, and the
 * mail waits.
 */
const PERMANENT: readonly string[] = [
	SUPPRESSED,
	"E_RECIPIENT_NOT_ALLOWED",
	"E_VALIDATION_ERROR",
	"E_FIELD_MISSING",
	"E_CONTENT_TOO_LARGE",
	"E_HEADER_NOT_ALLOWED",
	"E_HEADER_USE_API_FIELD",
	"E_HEADER_VALUE_INVALID",
	"E_HEADER_VALUE_TOO_LONG",
	"E_HEADER_NAME_INVALID",
	"E_HEADERS_TOO_LARGE",
	"E_HEADERS_TOO_MANY",
];

/**
 * Sends through Cloudflare's `send_email` binding, which puts a Message-ID of its own in the place of
 * ours.
 * https://developers.cloudflare.com/email-service/api/send-emails/workers-api/
 */
export async function sendByCloudflare(
	binding: SendEmail,
	{ from, to }: Envelope,
	raw: string,
): Promise<SendResult> {
	try {
		const { messageId } = await binding.send(new EmailMessage(from, to, raw));
		return { ok: true, messageId };
	} catch (error) {
		const code = codeOf(error);
		return {
			ok: false,
			isPermanent: PERMANENT.includes(code),
			isUndeliverable: code === SUPPRESSED,
			code,
			reason: describeError(error),
		};
	}
}

function codeOf(error: unknown): string {
	const code = error instanceof Error && "code" in error ? error.code : undefined;
	return typeof code === "string" ? code : "unknown";
}
