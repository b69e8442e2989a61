import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { generateSecrets } from "../../local/secrets.ts";

const PUBLIC_URL = "https://earshot.test";
const { SIGNING_KEYS, ...secrets } = generateSecrets();
// Where the plugin looks for the secrets that wrangler.toml requires.
Object.assign(process.env, secrets);

export default defineConfig({
	root: import.meta.dirname,
	plugins: [
		cloudflareTest(async () => ({
			// notify with auth beside it, so that the service binding calls the real one.
			main: "./test/worker.ts",
			wrangler: { configPath: "./wrangler.toml" },
			miniflare: {
				bindings: {
					PUBLIC_URL,
					SIGNING_KEYS,
					TOKEN_ISSUER: PUBLIC_URL,
					WEBHOOK_ALLOW_LOOPBACK: "true",
					MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/../../migrations`),
				},
				queueProducers: { MP3_DLQ: "mp3-dlq", MAIL_QUEUE: "mail", WEBHOOK_QUEUE: "webhook" },
				serviceBindings: { AUTH: { name: "earshot-notify", entrypoint: "Auth" } },
			},
		})),
	],
	test: {
		name: "notify",
		include: ["test/**/*.test.ts"],
		setupFiles: ["../../db/test/migrate.ts"],
		// Beside the Worker, which sends there.
		globalSetup: ["test/receiver.ts", "test/smtp-server.ts"],
	},
});
