/**
 * Of a whole mail, as it is on the way: Base64 makes a file a third larger, so a video has some 18 MB.
 * https://developers.cloudflare.com/email-service/platform/limits/
 */
export const MAX_MAIL_BYTES = 25 * 1024 * 1024;

/** More than any mail program nests, and little to parse. */
export const MAX_MIME_DEPTH = 20;
export const MAX_HEADER_BYTES = 256 * 1024;

/** What a mail program keeps of a long thread, too. */
export const MAX_REFERENCES = 20;

export const MAX_SUBJECT_CHARACTERS = 200;
