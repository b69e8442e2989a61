import { createHash, randomBytes } from "node:crypto";

/** 32 random bytes in base64url: whoever has the token may do what it is for. */
export const newSecretToken = (): string => randomBytes(32).toString("base64url");

/** What is stored of it: SHA-256 in hex. The token has 256 random bits, so nothing slower is needed. */
export const hashSecretToken = (token: string): string =>
	createHash("sha256").update(token).digest("hex");
