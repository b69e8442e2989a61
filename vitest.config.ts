import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		// What the Workers log is of interest only beside a failure.
		silent: "passed-only",
		// Half of what a test does is to wait for processes that it has started.
		maxWorkers: "100%",
		projects: [
			"workers/*/vitest.config.ts",
			"workers/notify/smtp/test/vitest.config.ts",
			"local/queues/vitest.config.ts",
			"local/queues/contract/vitest.config.ts",
			"transcoder/vitest.config.ts",
			"e2e/vitest.config.ts",
		],
	},
});
