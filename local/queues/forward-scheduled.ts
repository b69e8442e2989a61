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

/** Runs the gateway's `scheduled`, and fails when it does: the caller sees the outcome. */
export async function forwardScheduled(
	controller: ScheduledController,
	gateway: Fetcher,
): Promise<void> {
	const { outcome, noRetry } = await (gateway as Fetcher & WithScheduled).scheduled({
		scheduledTime: new Date(controller.scheduledTime),
		cron: controller.cron,
	});
	if (noRetry) controller.noRetry();
	if (outcome !== "ok") throw new Error(`the gateway's scheduled handler ended with ${outcome}`);
}
