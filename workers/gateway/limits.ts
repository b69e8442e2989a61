/**
 * R2 wants parts of one size, at least 5 MiB, all but the last; 10 000 of these are 78 GiB.
 * Two of them in memory stay far below a Worker's 128 MB.
 * https://developers.cloudflare.com/r2/objects/multipart-objects/
 */
export const PART_BYTES = 8 * 1024 * 1024;

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
