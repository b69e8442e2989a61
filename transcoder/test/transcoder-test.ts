import { test as base } from "./peers-test.ts";
import { startTranscoder, type TranscoderProcess } from "./transcoder-process.ts";

/** A test with peers of its own, and with transcoders that are gone when it ends. */
export const test = base.extend("start", async ({ peers }, { onCleanup }) => {
	const started: TranscoderProcess[] = [];
	onCleanup(async () => {
		await Promise.all(started.map((transcoder) => transcoder.stop()));
	});
	return async (environment: Record<string, string> = {}) => {
		const transcoder = await startTranscoder({ ...peers.environment, ...environment });
		started.push(transcoder);
		return transcoder;
	};
});
