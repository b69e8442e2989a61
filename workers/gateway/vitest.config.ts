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
					MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/../../migrations`),
				},
				queueProducers: { MAIL_QUEUE: "mail", VIDEO_QUEUE: "video", MP3_QUEUE: "mp3" },
				serviceBindings: { AUTH: { name: "earshot-gateway", entrypoint: "Auth" } },
			},
		})),
	],
	test: {
		name: "gateway",
		include: ["test/**/*.test.ts"],
		setupFiles: ["../../db/test/migrate.ts"],
	},
});
