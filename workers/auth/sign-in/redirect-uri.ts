import type { SignInProvider } from "./providers.ts";

/** Each provider has its own, so that none can answer for another (RFC 9700, section 4.4.2.2). */
export const redirectUri = (publicUrl: string, { id }: Pick<SignInProvider, "id">): string =>
	`${publicUrl}/sign-in/${id}/callback`;
