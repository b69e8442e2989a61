/** What came of handing a mail over. Failures are expected: they are values. */
export type SendResult =
	/** It has been taken over. The Message-ID is the one that it leaves with. */
	| { ok: true; messageId: string }
	| {
			ok: false;
			/** Whether another try would end the same way. */
			isPermanent: boolean;
			/** Whether it is the address that no mail can be delivered to. */
			isUndeliverable: boolean;
			/** What was answered, short: `550 5.1.1`, `E_RATE_LIMIT_EXCEEDED`, `timed_out`. */
			code: string;
			/** The same in words. It may have the address in it. */
			reason: string;
	  };

/** The addresses on the envelope (RFC 5321), which are not those in the mail's headers. */
export interface Envelope {
	from: string;
	to: string;
}

/** A way for mail to leave by. */
export interface MailTransport {
	/** @param raw the mail by RFC 5322, ASCII, with CRLF. */
	send(envelope: Envelope, raw: string): Promise<SendResult>;
}
