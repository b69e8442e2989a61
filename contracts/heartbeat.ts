/** How often a transcoder reports progress while it holds a claim. */
export const HEARTBEAT_INTERVAL_MS = 2_000;

/**
 * After this long without a heartbeat an attempt counts as lost. Thirty missed heartbeats: longer
 * than a deploy of the gateway or a transcoder's pause, shorter than a person's patience.
 */
export const STALL_AFTER_MS = 60_000;
