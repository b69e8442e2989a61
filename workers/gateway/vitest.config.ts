import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import { generateSecrets } from "../../local/secrets.ts";

const PUBLIC_URL = "https://earshot.test";
const { SIGNING_KEYS, ...secrets } = generateSecrets();
const { rawConfig: deployed } = readRawConfig({
	config: `${import.meta.dirname}/../../wrangler.toml`,
});
// Where the plugin looks for the secrets that wrangler.toml requires.
Object.assign(process.env, secrets);

export default defineConfig({
	root: import.meta.dirname,
	plugins: [
		cloudflareTest(async () => ({
			// The gateway with auth beside it, so that the service binding calls the real one.
			main: "./test/worker.ts",
			wrangler: { configPath: "../../wrangler.toml" },
			miniflare: {
				bindings: {
					PUBLIC_URL,
					MAX_UPLOAD_BYTES: 20_000_000,
					MAX_IN_FLIGHT: 1000,
					SIGNING_KEYS,
					TOKEN_ISSUER: PUBLIC_URL,
					SIGN_IN_PROVIDERS: [
						{ id: "github", name: "GitHub", kind: "github", clientId: "earshot" },
						// Nobody listens at port 9.
						{
							id: "gone",
							name: "Gone",
							kind: "oidc",
							clientId: "earshot",
							issuer: "http://127.0.0.1:9",
						},
					],
					DEPLOYED_RATE_LIMITS: deployed.ratelimits ?? [],
					MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/../../migrations`),
				},
				queueProducers: {
					MAIL_QUEUE: "mail",
					VIDEO_QUEUE: "video",
					MP3_QUEUE: "mp3",
					WEBHOOK_QUEUE: "webhook",
				},
				serviceBindings: { AUTH: { name: "earshot-gateway", entrypoint: "Auth" } },
			},
		})),
	],
	test: {
		name: "gateway",
		include: ["test/**/*.test.ts"],
		setupFiles: ["../../db/test/migrate.ts"],
		// Its files share one Worker, which saves its start for each: see migrate.ts.
		isolate: false,
		// Passwords cost what they cost, some tests try many: a limit for what hangs, no expectation.
		testTimeout: 60_000,
	},
});
