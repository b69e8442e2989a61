/** Secrets that wrangler.toml does not require, and so generates no type for. */
interface GatewayEnv {
	/** Of a Turnstile widget. Without it, nobody is asked whether they are human. */
	TURNSTILE_SECRET?: string;
}
