import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { readConfig } from "../config.ts";

test("the configured queues are those of the design", () => {
	expect(Object.fromEntries(readConfig(env).QUEUES)).toEqual({
		video: { consumer: "http_pull", max_retries: 5, dead_letter_queue: "video-dlq" },
		mp3: { consumer: "worker", producer: "MP3" },
		"video-dlq": { consumer: "worker", producer: "VIDEO_DLQ" },
		"mp3-dlq": { consumer: "worker", producer: "MP3_DLQ" },
	});
});

test.each([
	["a dead letter queue that does not exist", { dead_letter_queue: "nowhere" }],
	["a dead letter queue that no Worker consumes", { dead_letter_queue: "video" }],
	["more than a hundred retries", { max_retries: 101 }],
	["a misspelt setting", { max_retrys: 1 }],
])("%s is a broken configuration", (_case, settings) => {
	const QUEUES = {
		video: { consumer: "http_pull", ...settings },
		mp3: { consumer: "worker", producer: "MP3" },
	};
	expect(() => readConfig({ ...env, QUEUES })).toThrow();
});
