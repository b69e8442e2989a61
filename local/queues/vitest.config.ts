import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
	root: import.meta.dirname,
	plugins: [
		cloudflareTest({
			wrangler: { configPath: "./wrangler.toml" },
			miniflare: {
				bindings: { QUEUES_API_TOKEN: "test-token" },
				// Forwarding is tested over real HTTP in contract/.
				serviceBindings: {
					GATEWAY: () => new Response("the gateway"),
					NOTIFY: () => new Response("notify"),
				},
			},
		}),
	],
	test: { name: "local-queues", include: ["test/**/*.test.ts"] },
});
