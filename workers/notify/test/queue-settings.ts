import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { experimental_readRawConfig as readRawConfig } from "wrangler";

declare module "vitest" {
	interface ProvidedContext {
		/** By queue, as it is deployed. */
		maxRetries: Record<string, number>;
	}
}

interface Consumer {
	queue: string;
	max_retries?: number;
}

/** How often queues deliver a message again: it is Cloudflare that reads it, and no Worker. */
export default function setup(project: TestProject): void {
	const config = join(import.meta.dirname, "../wrangler.toml");
	const consumers = readRawConfig({ config }).rawConfig.queues?.consumers ?? [];
	const entries = consumers.map((one: Consumer) => [one.queue, one.max_retries ?? 0]);
	project.provide("maxRetries", Object.fromEntries(entries));
}
