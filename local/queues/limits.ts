import { QUEUE_RETENTION_SECONDS } from "#contracts/limits.ts";

/**
 * Cloudflare's limits and defaults, enforced here so that what works on the laptop works there.
 * Sizes: https://developers.cloudflare.com/queues/platform/limits/ ("1 KB is measured as 1000
 * bytes"); pulling: https://developers.cloudflare.com/queues/configuration/pull-consumers/.
 */

/** https://developers.cloudflare.com/queues/platform/limits/ (message size, 128 KB) */
export const MAX_MESSAGE_BYTES = 128_000;

/** https://developers.cloudflare.com/queues/platform/limits/ (messages per `sendBatch` call) */
export const MAX_BATCH_COUNT = 100;

/** https://developers.cloudflare.com/queues/platform/limits/ (256 KB in total per `sendBatch`) */
export const MAX_BATCH_BYTES = 256_000;

/** https://developers.cloudflare.com/queues/configuration/pull-consumers/#3-pull-messages */
export const DEFAULT_PULL_COUNT = 5;

/** https://developers.cloudflare.com/queues/platform/limits/ (maximum consumer batch size) */
export const MAX_PULL_COUNT = 100;

/** https://developers.cloudflare.com/queues/configuration/pull-consumers/#3-pull-messages */
export const DEFAULT_VISIBILITY_TIMEOUT_MS = 30_000;

/** https://developers.cloudflare.com/queues/platform/limits/ (`visibilityTimeout`, 12 hours) */
export const MAX_VISIBILITY_TIMEOUT_MS = 12 * 60 * 60 * 1000;

/**
 * https://developers.cloudflare.com/queues/platform/limits/ (`delaySeconds`)
 * The page said 12 hours for years and says 24 since 2026: the lower one holds in both.
 */
export const MAX_DELAY_SECONDS = 12 * 60 * 60;

/** https://developers.cloudflare.com/queues/configuration/configure-queues/ (`max_retries`) */
export const DEFAULT_MAX_RETRIES = 3;

/** https://developers.cloudflare.com/queues/platform/limits/ (message retries) */
export const MAX_RETRIES = 100;

/** https://developers.cloudflare.com/queues/platform/limits/ (message retention period, default) */
export const RETENTION_MS = QUEUE_RETENTION_SECONDS * 1000;
