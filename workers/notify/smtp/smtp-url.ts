/** How an SMTP server is reached. */
export interface SmtpServer {
	host: string;
	port: number;
	/** `implicit`: TLS from the first byte. `starttls`: before anything is said. `none`: this machine. */
	tls: "implicit" | "starttls" | "none";
	credentials: { username: string; password: string } | null;
}

const DEFAULT_PORT = { implicit: 465, starttls: 587, none: 25 } as const;

/** The only hosts that are spoken to without TLS. */
const LOOPBACK: readonly string[] = ["127.0.0.1", "[::1]", "localhost"];

/**
 * `smtps://user:password@host:465` is TLS from the start, `smtp://user:password@host:587` STARTTLS,
 * which has to be there. What stands before the host is percent-encoded. `smtp://localhost?tls=none`
 * is for development. Throws, without a word of what it was, when it is something else.
 */
export function readSmtpUrl(text: string): SmtpServer {
	if (!URL.canParse(text)) throw new Error("SMTP_URL is not a URL");
	const url = new URL(text);
	const tls = tlsOf(url);
	const { username, password } = url;
	return {
		host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
		port: Number(url.port) || DEFAULT_PORT[tls],
		tls,
		credentials:
			username === ""
				? null
				: { username: decodeURIComponent(username), password: decodeURIComponent(password) },
	};
}

function tlsOf({ protocol, hostname, searchParams, username }: URL): SmtpServer["tls"] {
	if (hostname === "") throw new Error("SMTP_URL names no host");
	if (protocol === "smtps:") return "implicit";
	if (protocol !== "smtp:") throw new Error("SMTP_URL begins with smtps:// or smtp://");
	if (searchParams.get("tls") !== "none") return "starttls";
	if (!LOOPBACK.includes(hostname) || username !== "") {
		throw new Error(
			"SMTP_URL: without TLS only this machine is spoken to, and no password is sent",
		);
	}
	return "none";
}
