import { createTestHarness } from "wrangler";

export const API_TOKEN = "contract-token";

/** The emulator in front of a stub gateway and a stub notify, on a port of its own with fresh state. */
export function createStack() {
	return createTestHarness({
		root: import.meta.dirname,
		workers: [
			{ configPath: "../wrangler.toml", secrets: { QUEUES_API_TOKEN: API_TOKEN } },
			{
				config: {
					name: "earshot-gateway",
					main: "stub-gateway.ts",
					compatibility_date: "2026-09-01",
					queues: {
						producers: [{ binding: "VIDEO", queue: "video" }],
						consumers: ["mp3", "video-dlq", "mp3-dlq"].map((queue) => ({
							queue,
							max_batch_timeout: 0,
						})),
					},
				},
			},
			{
				config: {
					name: "earshot-notify",
					main: "stub-notify.ts",
					compatibility_date: "2026-09-01",
				},
			},
		],
	});
}
