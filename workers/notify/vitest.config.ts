import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { generateSecrets } from "../../local/secrets.ts";

const { R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY } = generateSecrets();
// Where the plugin looks for the secrets that wrangler.toml requires.
Object.assign(process.env, { R2_ACCESS_KEY_ID, R2_SECRET_ACCESS_KEY });

export default defineConfig({
	root: import.meta.dirname,
	plugins: [
		cloudflareTest(async () => ({
			wrangler: { configPath: "./wrangler.toml" },
			miniflare: {
				bindings: {
					PUBLIC_URL: "https://earshot.test",
					MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/../../migrations`),
				},
			},
		})),
	],
	test: {
		name: "notify",
		include: ["test/**/*.test.ts"],
		setupFiles: ["../../db/test/migrate.ts"],
	},
});
