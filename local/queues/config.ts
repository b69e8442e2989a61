import * as z from "zod";
import { DEFAULT_MAX_RETRIES, MAX_RETRIES } from "./limits.ts";

/**
 * Which queues exist, from `vars` in wrangler.toml, in Wrangler's own words:
 * https://developers.cloudflare.com/queues/configuration/configure-queues/
 */
const pullQueueConfig = z.strictObject({
	consumer: z.literal("http_pull"),
	max_retries: z.int().min(0).max(MAX_RETRIES).default(DEFAULT_MAX_RETRIES),
	/** A queue that a Worker consumes. Without one, a message out of retries is deleted. */
	dead_letter_queue: z.string().optional(),
});
export type PullQueueConfig = z.infer<typeof pullQueueConfig>;

const pushQueueConfig = z.strictObject({
	consumer: z.literal("worker"),
	/** The producer binding that publishing goes through. */
	producer: z.enum(["MP3", "MP3_DLQ", "VIDEO_DLQ"]),
});

const queues = z.record(
	z.string(),
	z.discriminatedUnion("consumer", [pullQueueConfig, pushQueueConfig]),
);
type Queues = z.infer<typeof queues>;

const config = z.object({
	ACCOUNT_ID: z.string().min(1),
	QUEUES_API_TOKEN: z.string().min(1),
	QUEUES: queues
		.refine(deadLettersArePushed, "a dead_letter_queue is not one that a Worker consumes")
		.transform((queues) => new Map(Object.entries(queues))),
});

function deadLettersArePushed(queues: Queues): boolean {
	return Object.values(queues)
		.flatMap((queue) => (queue.consumer === "http_pull" ? (queue.dead_letter_queue ?? []) : []))
		.every((name) => queues[name]?.consumer === "worker");
}

/** Throws when the stack was started with a broken configuration. */
export function readConfig(env: object): z.infer<typeof config> {
	return config.parse(env);
}
