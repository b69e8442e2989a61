/** Runs the gateway's `scheduled`, and fails when it does: the caller sees the outcome. */
export async function forwardScheduled(
	controller: ScheduledController,
	gateway: Fetcher,
): Promise<void> {
	const { outcome, noRetry } = await gateway.scheduled({
		scheduledTime: new Date(controller.scheduledTime),
		cron: controller.cron,
	});
	if (noRetry) controller.noRetry();
	if (outcome !== "ok") throw new Error(`the gateway's scheduled handler ended with ${outcome}`);
}
