/**
 * R2 wants parts of one size, at least 5 MiB, all but the last; 10 000 of these are 78 GiB.
 * Two of them in memory stay far below a Worker's 128 MB.
 * https://developers.cloudflare.com/r2/objects/multipart-objects/
 */
export const PART_BYTES = 8 * 1024 * 1024;

/** How much of a body is read at once, if so much has come. Larger reads make nothing faster. */
export const READ_BYTES = 256 * 1024;

/** What the multipart framing and the option fields may add to a file. */
export const FORM_OVERHEAD_BYTES = 1024 * 1024;

/** Option fields are short words and numbers. */
export const MAX_FIELD_BYTES = 4 * 1024;
export const MAX_FORM_PARTS = 32;

/** In characters. Mail clients and file systems (255 bytes) show no more. */
export const MAX_FILENAME_CHARACTERS = 120;

/** How long a signed link works unless its owner says otherwise. */
export const DEFAULT_LINK_SECONDS = 24 * 60 * 60;

export const DEFAULT_PAGE_SIZE = 20;
export const MAX_PAGE_SIZE = 100;

/** What one request may delete: D1 takes a hundred parameters a query. */
export const MAX_DELETED_AT_ONCE = 50;

/** How long `GET /conversions/:id?wait=` may wait: browsers and proxies give up after a minute. */
export const MAX_WAIT_SECONDS = 60;

/** How soon a change is seen by who waits for it. Each look is one query of D1. */
export const LOOK_INTERVAL_MS = 1000;

/** After some looks in vain an event stream looks less often. */
export const MAX_LOOK_INTERVAL_MS = 5000;

/** Proxies close connections that are silent for a minute. */
export const KEEP_ALIVE_MS = 15_000;

/**
 * After so many looks an event stream ends, and clients connect again by themselves: a Worker may
 * make 1000 subrequests, and by then a token is worth checking anew.
 * https://developers.cloudflare.com/workers/platform/limits/#subrequests
 */
export const MAX_LOOKS = 240;

/** Changes sent at once. */
export const CHANGES_BATCH = 100;

/**
 * So many times that many, when an account goes: a Worker may make 1000 subrequests, and a conversion
 * takes a handful. The watchdog goes on with larger ones.
 */
export const MAX_DELETIONS_A_RUN = 2;

/** How long event streams can tell of a deletion; then its objects are deleted once more. */
export const DELETED_KEPT_MS = 24 * 60 * 60 * 1000;

/** For how long the same request with the same Idempotency-Key counts once. */
export const IDEMPOTENCY_KEPT_MS = 24 * 60 * 60 * 1000;

/** Longer than an upload of 100 MB takes over any line that is worth waiting for. */
export const IDEMPOTENCY_LOCK_MS = 60 * 60 * 1000;

/** Longer than any request takes that brings no video along. */
export const IDEMPOTENCY_SHORT_LOCK_MS = 60 * 1000;

/** No single request takes this long; what is still `uploading` then has been abandoned. */
export const ABANDONED_UPLOAD_AFTER_MS = 24 * 60 * 60 * 1000;

/** A row whose message is not known to be sent by then lost it to a crash between two steps. */
export const RESEND_UNSENT_AFTER_MS = 60 * 1000;

/**
 * A message that has gone unanswered this long is lost, or waits in a long queue. Sending another
 * is harmless (the claim decides) and costs one queue operation.
 */
export const RESEND_SENT_AFTER_MS = 15 * 60 * 1000;

/**
 * Attempts of one conversion that do not count because their URLs had expired. A few are a backlog or
 * a clock that is off; more would go on for ever.
 */
export const MAX_RENEWALS = 10;

/** Rows one run of the watchdog looks at: it runs every minute, within a Worker's limits. */
export const WATCHDOG_BATCH = 50;

/** As long as what the cookie holds (workers/auth/sign-in/sign-in-state.ts). */
export const STATE_COOKIE_SECONDS = 10 * 60;

/** Cloudflare's rate limits count over 10 or 60 seconds. */
export const RATE_LIMIT_SECONDS = 60;

/**
 * How often in that time, as clients are told. What counts stands in wrangler.toml, with reasons:
 * bindings do not tell their limits, and a test holds the two together.
 */
export const RATE_LIMITS = {
	LOGIN_BY_NETWORK: 60,
	LOGIN_BY_ADDRESS_AND_NETWORK: 10,
	LOGIN_BY_ADDRESS: 30,
	REGISTER_BY_NETWORK: 10,
	PASSWORD_RESET_BY_NETWORK: 10,
	MAIL_BY_ADDRESS: 5,
	SIGN_IN_BY_NETWORK: 30,
	WEBHOOK_REPLAY_BY_USER: 30,
} as const;

/** Of one user. Each event costs a request for each of them. */
export const MAX_WEBHOOKS = 10;

/** How long the secret before the present one still signs. */
export const PREVIOUS_SECRET_MS = 24 * 60 * 60 * 1000;

/** Tries of a delivery that its owner is shown: more than a day of them. */
export const SHOWN_TRIES = 20;

/** Cloudflare answers within a fraction of a second; there are two tries. */
export const TURNSTILE_TIMEOUT_MS = 5000;
