import { defineConfig } from "vitest/config";

// Not in workerd like ../test: the SDK and the harness want Node.
export default defineConfig({
	root: import.meta.dirname,
	test: {
		name: "local-queues-contract",
		include: ["*.test.ts"],
		environment: "node",
		// Each file starts and resets a stack of two Workers.
		testTimeout: 20_000,
		hookTimeout: 20_000,
	},
});
