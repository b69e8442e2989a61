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
			// notify with the others beside it, so that its service bindings call the real ones.
			main: "./test/worker.ts",
			wrangler: { configPath: "./wrangler.toml" },
			miniflare: {
				bindings: {
					PUBLIC_URL,
					SIGNING_KEYS,
					TOKEN_ISSUER: PUBLIC_URL,
					WEBHOOK_ALLOW_LOOPBACK: "true",
					// The gateway's.
					MAX_STORED_BYTES: 1_000_000,
					MAX_IN_FLIGHT: 10,
					MAX_VIDEO_BYTES: 1_000_000,
					MAX_VIDEO_SECONDS: 600,
					MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/../../migrations`),
				},
				queueProducers: {
					MP3_DLQ: "mp3-dlq",
					MAIL_QUEUE: "mail",
					VIDEO_QUEUE: "video",
					WEBHOOK_QUEUE: "webhook",
				},
				serviceBindings: {
					AUTH: { name: "earshot-notify", entrypoint: "Auth" },
					GATEWAY: { name: "earshot-notify", entrypoint: "MailedVideos" },
				},
			},
		})),
	],
	test: {
		name: "notify",
		include: ["test/**/*.test.ts"],
		setupFiles: ["../../db/test/migrate.ts"],
		// Its files share one Worker, which saves its start for each: see migrate.ts.
		isolate: false,
		// Beside the Worker, which sends there.
		globalSetup: ["test/receiver.ts", "test/smtp-server.ts", "test/queue-settings.ts"],
		// Some go through every step there is: a limit for what hangs, no expectation.
		testTimeout: 60_000,
	},
});
