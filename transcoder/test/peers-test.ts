import { test as base } from "vitest";
import { startPeers } from "./peers/index.ts";

/** A test with peers of its own. */
export const test = base.extend("peers", async ({ task: _ }, { onCleanup }) => {
	const peers = await startPeers();
	onCleanup(peers.close);
	return peers;
});
