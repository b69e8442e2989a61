import type { Context } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { conversionDocument } from "#db/documents/conversion-document.ts";
import type { Change } from "#db/queries/conversion-changes.ts";
import type { UserContext } from "../http/context.ts";
import { type Following, followChanges } from "./follow-changes.ts";

/** How soon a client connects again after a stream has ended. */
const RECONNECT_MS = 1000;

/**
 * Answers with server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
 * `conversion` with the document of one that has changed, `deleted` with the id of one that is gone.
 * Each event's id is the number of its change: a client that sends it back as Last-Event-ID gets what
 * it missed.
 * @param present sent first, as what is known already.
 * @param isLast whether a change is the last that this stream can tell of.
 */
export function eventStream(
	c: Context<UserContext>,
	following: Omit<Following, "signal">,
	present: Change[],
	isLast: (change: Change) => boolean,
): Response {
	const response = streamSSE(c, async (stream) => {
		const gone = new AbortController();
		stream.onAbort(() => gone.abort());
		// An id without data: a client that loses the connection now misses nothing.
		await stream.write(`retry: ${RECONNECT_MS}\nid: ${following.after}\n\n`);
		for (const change of present) {
			await send(stream, change);
			if (isLast(change)) return;
		}
		for await (const change of followChanges(c.get("db"), { ...following, signal: gone.signal })) {
			if (change.type === "idle") await stream.write(": still here\n\n");
			else {
				await send(stream, change);
				if (isLast(change)) return;
			}
		}
	});
	// Compressed, events would wait in a buffer.
	response.headers.set("cache-control", "no-store, no-transform");
	return response;
}

async function send(stream: SSEStreamingApi, change: Change): Promise<void> {
	const id = String(change.change);
	await stream.writeSSE(
		change.type === "changed"
			? { id, event: "conversion", data: JSON.stringify(conversionDocument(change.row)) }
			: { id, event: "deleted", data: JSON.stringify({ id: change.id }) },
	);
}
