/** Secrets that wrangler.toml does not require, and so generates no type for. */
interface NotifyEnv {
	/** Of an SMTP server that mail is sent through, in place of Cloudflare's (docs/mail.md). */
	SMTP_URL?: string;
}
