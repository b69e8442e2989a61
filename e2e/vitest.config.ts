import { defineConfig } from "vitest/config";

export default defineConfig({
	root: import.meta.dirname,
	test: {
		name: "e2e",
		include: ["*.test.ts"],
		globalSetup: ["../transcoder/test/media-directory.ts"],
		// Real conversions on a machine that runs other tests beside them.
		testTimeout: 60_000,
		hookTimeout: 120_000,
	},
});
