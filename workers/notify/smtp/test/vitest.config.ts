import { defineConfig } from "vitest/config";

export default defineConfig({
	root: import.meta.dirname,
	test: {
		name: "smtp",
		include: ["*.test.ts"],
		testTimeout: 30_000,
		// Starts a Worker of its own.
		hookTimeout: 120_000,
	},
});
