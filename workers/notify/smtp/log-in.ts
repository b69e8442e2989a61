import { SmtpProtocolError } from "./smtp-reply.ts";
import type { SmtpSession } from "./smtp-session.ts";
import type { SmtpServer } from "./smtp-url.ts";

type Credentials = NonNullable<SmtpServer["credentials"]>;

/**
 * AUTH PLAIN (RFC 4616) or, where a server has only that, LOGIN. Only ever called under TLS.
 *
 * @param capabilities the lines of the server's answer to EHLO.
 */
export async function logIn(
	session: SmtpSession,
	capabilities: readonly string[],
	{ username, password }: Credentials,
): Promise<void> {
	const offered = capabilities.find((line) => /^AUTH[ =]/i.test(line))?.toUpperCase() ?? "";
	const mechanisms = offered.split(/[ =]/);
	if (mechanisms.includes("PLAIN")) {
		const initial = base64(`\0${username}\0${password}`);
		await session.say("AUTH", `AUTH PLAIN ${initial}`, 2);
	} else if (mechanisms.includes("LOGIN")) {
		await session.say("AUTH", "AUTH LOGIN", 3);
		await session.say("AUTH", base64(username), 3);
		await session.say("AUTH", base64(password), 2);
	} else {
		throw new SmtpProtocolError("the server offers neither AUTH PLAIN nor LOGIN");
	}
}

const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");
