import type { EmailTokenPurpose } from "#db/schema/email-tokens.ts";

const HOUR_MS = 60 * 60 * 1000;

/**
 * How long a mailed link works: long enough for who reads mail once a day, and shorter where it opens
 * an account.
 */
export const LINK_LIFETIME_MS: Readonly<Record<EmailTokenPurpose, number>> = {
	verify: 24 * HOUR_MS,
	reset: HOUR_MS,
	change_email: 24 * HOUR_MS,
};

/**
 * Links of one kind that a user may have at a time: enough for who loses a mail, and too few to fill
 * somebody's mailbox with.
 */
export const MAX_LIVE_LINKS = 3;
