import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { generateSecrets } from "../../local/secrets.ts";

const { SIGNING_KEYS, CONTROL_KEY, R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY } = generateSecrets();
const PUBLIC_URL = "https://earshot.test";

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
					CONTROL_KEY,
					R2_ACCESS_KEY_ID,
					R2_SECRET_ACCESS_KEY,
					SIGNING_KEYS,
					TOKEN_ISSUER: PUBLIC_URL,
					MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/../../migrations`),
				},
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
