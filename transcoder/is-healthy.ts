import { UNHEALTHY_AFTER_MS } from "./limits.ts";

/** What health.ts and the health endpoint both go by: how long ago the loop last turned. */
export function isHealthy(silenceMs: number): boolean {
	return silenceMs < UNHEALTHY_AFTER_MS;
}
