import { expect, vi } from "vitest";
import type { Conversion, Peers } from "./peers/index.ts";

/** Waits until the queue has been told that a conversion's message is dealt with. */
export async function untilAcknowledged(peers: Peers, ...wanted: Conversion[]): Promise<void> {
	const ids = wanted.map(({ messageId }) => messageId);
	await vi.waitFor(
		() => expect(peers.queues.seen.acknowledged).toEqual(expect.arrayContaining(ids)),
		{ timeout: 30_000 },
	);
}
