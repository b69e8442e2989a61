/** Longest recording that is converted; ffmpeg stops writing there. */
export const MAX_DURATION_SECONDS = 12 * 60 * 60;

/** An input that fails, or kills its transcoder, this often ends as `failed`. */
export const MAX_ATTEMPTS = 3;

/**
 * How long a message can wait in `video` or `mp3`: Cloudflare's default retention.
 * https://developers.cloudflare.com/queues/platform/limits/
 */
export const QUEUE_RETENTION_SECONDS = 4 * 24 * 60 * 60;

/**
 * Longest one attempt may run, and so the visibility timeout of the `video` lease (leases cannot
 * be extended). Cloudflare allows at most 12 hours.
 */
export const MAX_ATTEMPT_SECONDS = 4 * 60 * 60;

/** How long the video of a failed or cancelled conversion is kept, for another try. */
export const RETRY_WINDOW_MS = 3 * 24 * 60 * 60 * 1000;

/** A session that nobody has used for so long has ended. */
export const SESSION_KEPT_MS = 30 * 24 * 60 * 60 * 1000;
