import type { EmailTokenPurpose } from "#db/schema/email-tokens.ts";

/** How long a token of `POST /login` works. */
export const LOGIN_TOKEN_SECONDS = 60 * 60;

/** How long a token of a session works: that is how long a revoked session goes on. */
export const SESSION_TOKEN_SECONDS = 15 * 60;

/** Two tabs that refresh at once are this far apart, at most. */
export const REFRESH_GRACE_MS = 10 * 1000;

/** One more ends the one that was used longest ago: a list of them must stay readable. */
export const MAX_SESSIONS = 100;

/** Enough of a browser's name for itself to recognise it by. */
export const MAX_USER_AGENT_CHARACTERS = 200;

export const MAX_API_KEYS = 50;

/** A key's last use is written down no more often than this. */
export const API_KEY_USE_INTERVAL_MS = 60 * 1000;

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
