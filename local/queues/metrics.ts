import type { Backlog } from "./message-store.ts";

/** `result.metadata` of pulling and publishing. */
export function metadataOf({ count, bytes, oldestTimestampMs }: Backlog) {
	return {
		metrics: {
			backlog_count: count,
			backlog_bytes: bytes,
			oldest_message_timestamp_ms: oldestTimestampMs,
		},
	};
}
