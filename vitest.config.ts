import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		projects: [
			"workers/*/vitest.config.ts",
			"local/queues/vitest.config.ts",
			"local/queues/contract/vitest.config.ts",
			"transcoder/vitest.config.ts",
			"e2e/vitest.config.ts",
		],
	},
});
