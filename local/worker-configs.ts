import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { experimental_readRawConfig as readRawConfig, type Unstable_RawConfig } from "wrangler";
import type { LocalSecrets } from "./secrets.ts";

const ROOT = resolve(import.meta.dirname, "..");

/** All Workers of the local stack. The first one gets the HTTP: the emulator of the Queues API. */
const CONFIGS = [
	"local/queues/wrangler.toml",
	"wrangler.toml",
	"workers/auth/wrangler.toml",
	"workers/notify/wrangler.toml",
];

/** What differs between production and one laptop: URLs, keys and limits, never code. */
export interface LocalSettings {
	publicUrl: string;
	secrets: LocalSecrets;
	maxUploadBytes: number;
	/** As deployed, unless given. */
	signIn?: SignInSettings;
	/** For who sends everything from one address: how often anything may be done in a minute. */
	rateLimit?: number;
}

/** Where one may sign in with an account of another site, as auth reads it. */
export interface SignInSettings {
	providers: Record<string, string>[];
	/** The client secrets, by provider. */
	secrets: Record<string, string>;
}

/** R2's S3 endpoint as Miniflare serves it. */
const localS3Url = (publicUrl: string): string => `${publicUrl}/cdn-cgi/local/r2/s3`;

/**
 * Writes, below `dir`, a copy of each deployed Wrangler configuration with the local URLs and keys
 * in place of the production ones. Returns the files' paths, the primary Worker's first.
 */
export function writeWorkerConfigs(dir: string, settings: LocalSettings): string[] {
	return CONFIGS.map((path) => {
		const { rawConfig } = readRawConfig({ config: join(ROOT, path) });
		const config = localConfig(rawConfig, dirname(join(ROOT, path)), settings);
		const folder = join(dir, String(config.name));
		mkdirSync(folder, { recursive: true });
		writePrivately(join(folder, "wrangler.json"), JSON.stringify(config, null, "\t"));
		const names = config.secrets?.required ?? [];
		writePrivately(join(folder, ".dev.vars"), devVars(names, settings));
		return join(folder, "wrangler.json");
	});
}

function localConfig(
	deployed: Unstable_RawConfig,
	folder: string,
	{ publicUrl, secrets, maxUploadBytes, signIn, rateLimit }: LocalSettings,
): Unstable_RawConfig {
	const localVars: NonNullable<Unstable_RawConfig["vars"]> = {
		PUBLIC_URL: publicUrl,
		TOKEN_ISSUER: publicUrl,
		R2_S3_URL: localS3Url(publicUrl),
		MAX_UPLOAD_BYTES: maxUploadBytes,
		WEBHOOK_ALLOW_LOOPBACK: "true",
		...(signIn && { SIGN_IN_PROVIDERS: signIn.providers }),
	};
	const s3Credentials = {
		accessKeyId: secrets.R2_ACCESS_KEY_ID,
		secretAccessKey: secrets.R2_SECRET_ACCESS_KEY,
	};
	return {
		...deployed,
		main: resolve(folder, String(deployed.main)),
		...(deployed.vars && {
			vars: Object.fromEntries(
				Object.entries(deployed.vars).map(([name, value]) => [name, localVars[name] ?? value]),
			),
		}),
		// Locally, a secret that is not required is not loaded.
		...(signIn &&
			deployed.vars?.["SIGN_IN_PROVIDERS"] !== undefined && {
				secrets: { required: [...(deployed.secrets?.required ?? []), "SIGN_IN_SECRETS"] },
			}),
		...(rateLimit !== undefined &&
			deployed.ratelimits && {
				ratelimits: deployed.ratelimits.map((one) => ({
					...one,
					simple: { ...one.simple, limit: rateLimit },
				})),
			}),
		...(deployed.assets?.directory && {
			assets: { ...deployed.assets, directory: resolve(folder, deployed.assets.directory) },
		}),
		...(deployed.d1_databases && {
			d1_databases: deployed.d1_databases.map((database) => ({
				...database,
				migrations_dir: join(ROOT, "migrations"),
			})),
		}),
		...(deployed.r2_buckets && {
			r2_buckets: deployed.r2_buckets.map((bucket) => ({
				...bucket,
				local_dev: { experimental_s3_credentials: s3Credentials },
			})),
		}),
	};
}

function devVars(names: string[], { secrets, signIn }: LocalSettings): string {
	const known: Record<string, string> = {
		...secrets,
		...(signIn && { SIGN_IN_SECRETS: JSON.stringify(signIn.secrets) }),
	};
	return names.map((name) => `${name}='${known[name] ?? ""}'\n`).join("");
}

/** Both files hold keys: for their owner's eyes only. */
function writePrivately(path: string, content: string): void {
	writeFileSync(path, content, { mode: 0o600 });
}
