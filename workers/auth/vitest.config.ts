import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { generateSecrets } from "../../local/secrets.ts";

// Where the plugin looks for the secrets that wrangler.toml requires.
process.env["SIGNING_KEYS"] = generateSecrets().SIGNING_KEYS;

export default defineConfig({
	root: import.meta.dirname,
	plugins: [
		cloudflareTest(async () => ({
			wrangler: { configPath: "./wrangler.toml" },
			miniflare: {
				bindings: { MIGRATIONS: await readD1Migrations(`${import.meta.dirname}/../../migrations`) },
			},
		})),
	],
	test: {
		name: "auth",
		include: ["test/**/*.test.ts"],
		setupFiles: ["../../db/test/migrate.ts"],
		// Its files share one Worker, which saves its start for each: see migrate.ts.
		isolate: false,
		// Passwords cost what they cost: a limit for what hangs, no expectation.
		testTimeout: 60_000,
	},
});
