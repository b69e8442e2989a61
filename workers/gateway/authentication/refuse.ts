import { fail } from "../http/context.ts";

/** What auth, or what it has issued, is refused for, and the remedy. One text for all reasons. */
const remedies = {
	invalid_link: "It was used, or is too old. Ask for a new one.",
	invalid_token: "The token is malformed, expired or not ours. Log in again.",
	password_not_set: "Set one first: POST /account/password-reset mails you a link.",
	password_too_common: "It is among those that are guessed first. Choose another one.",
	wrong_password: "Send the password that you log in with.",
} as const;

export const refuse = <Code extends keyof typeof remedies>(
	c: Parameters<typeof fail>[0],
	code: Code,
) => fail(c, code, remedies[code]);
