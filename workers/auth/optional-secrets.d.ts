/** Secrets that wrangler.toml does not require, and so generates no type for. */
interface AuthEnv {
	/** JSON: the client secrets of sign-in providers, by their ids. */
	SIGN_IN_SECRETS?: string;
}
