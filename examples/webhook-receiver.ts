import { createServer, type Server } from "node:http";
import { Webhook, WebhookVerificationError } from "standardwebhooks";

/** What a webhook is told: docs/webhooks.md. */
export interface Event {
	type: `conversion.${"completed" | "failed" | "cancelled" | "expired"}`;
	/** When it happened. Events may come out of order: compare this, or `data`'s timestamps. */
	timestamp: string;
	/** The conversion, as `GET /conversions/{id}` shows it. */
	data: { id: string; status: string };
}

/** An event is some kilobytes. */
const MAX_BYTES = 64 * 1024;

/**
 * A receiver of Earshot's webhooks: takes what is signed with the secret, and each event once.
 *
 * @param secret what `POST /webhooks` answered: `whsec_…`.
 * @param seen ids of events that were taken. In earnest: a table with a unique column, written in the
 * transaction of what the event makes you do.
 */
export function createReceiver(
	secret: string,
	onEvent: (event: Event) => void,
	seen = new Set<string>(),
): Server {
	const webhook = new Webhook(secret);
	return createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		let bytes = 0;
		for await (const chunk of request) {
			bytes += (chunk as Buffer).byteLength;
			if (bytes > MAX_BYTES) return response.writeHead(413).end();
			chunks.push(chunk as Buffer);
		}
		const headers = request.headers as Record<string, string>;
		try {
			// The bytes that came, not what a JSON parser makes of them. Old timestamps are refused, too.
			const event = webhook.verify(Buffer.concat(chunks).toString(), headers) as Event;
			const id = headers["webhook-id"] ?? "";
			if (!seen.has(id)) onEvent(event);
			seen.add(id);
			return response.writeHead(204).end();
		} catch (error) {
			if (error instanceof WebhookVerificationError) return response.writeHead(401).end();
			// Any answer but 2xx has it sent again.
			return response.writeHead(500).end();
		}
	});
}
