import { defineConfig } from "vitest/config";

export default defineConfig({
	root: import.meta.dirname,
	test: {
		name: "transcoder",
		environment: "node",
		include: ["test/**/*.test.ts"],
		globalSetup: ["test/media-directory.ts"],
		// Real ffmpeg on a busy machine: a limit for what hangs, not an expectation.
		testTimeout: 60_000,
	},
});
