import { limitRate } from "./limit-rate.ts";
import { byAddressIn, byBoth, byLoginAddress, byNetwork, byUser } from "./rate-limit-keys.ts";

/*
 * What is limited; the numbers and their reasons stand in wrangler.toml. Routes put these before all
 * that costs something.
 */

/**
 * Wherever a password is tried. One network that tries passwords at an address uses up its own tries
 * there, not those of the address's owner elsewhere; who tries from many networks can keep the owner
 * out for as long as it goes on, and a minute at most after it has ended. Sessions, keys and sign-in
 * elsewhere are not touched by it.
 */
export const limitLogin = limitRate(
	["LOGIN_BY_NETWORK", byNetwork],
	["LOGIN_BY_ADDRESS_AND_NETWORK", byBoth(byLoginAddress, byNetwork)],
	["LOGIN_BY_ADDRESS", byLoginAddress],
);

/** Where somebody who has logged in is asked for the password: a stolen token must not find it out. */
export const limitPasswordCheck = limitRate(["LOGIN_BY_NETWORK", byNetwork]);

/** Behind `limitJson`: it reads the body. */
export const limitRegistration = limitRate(
	["REGISTER_BY_NETWORK", byNetwork],
	["MAIL_BY_ADDRESS", byAddressIn("username")],
);

/** Behind `limitJson`: it reads the body. */
export const limitPasswordReset = limitRate(
	["PASSWORD_RESET_BY_NETWORK", byNetwork],
	["MAIL_BY_ADDRESS", byAddressIn("username", "email")],
);

export const limitSignIn = limitRate(["SIGN_IN_BY_NETWORK", byNetwork]);

/** Behind `requireAccess`. */
export const limitReplay = limitRate(["WEBHOOK_REPLAY_BY_USER", byUser]);
