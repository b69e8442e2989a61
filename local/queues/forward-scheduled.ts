/**
 * What the flag `service_binding_extra_handlers` adds to a service binding. The deployed Workers
 * do without the flag, and the runtime's types are generated for them.
 */
interface WithScheduled {
	scheduled(event: { scheduledTime: Date; cron: string }): Promise<{
		outcome: string;
		noRetry: boolean;
	}>;
}

/** Runs the `scheduled` of Workers, and fails when one of them does: the caller sees the outcome. */
export async function forwardScheduled(
	controller: ScheduledController,
	workers: Fetcher[],
): Promise<void> {
	const event = { scheduledTime: new Date(controller.scheduledTime), cron: controller.cron };
	const results = await Promise.all(
		workers.map((worker) => (worker as Fetcher & WithScheduled).scheduled(event)),
	);
	if (results.some(({ noRetry }) => noRetry)) controller.noRetry();
	const failed = results.find(({ outcome }) => outcome !== "ok");
	if (failed) throw new Error(`a scheduled handler ended with ${failed.outcome}`);
}
