import { parseApiPath } from "./api-path.ts";
import { forwardEmail } from "./forward-email.ts";
import { forwardScheduled } from "./forward-scheduled.ts";
import { answerApi } from "./rest-api.ts";
import { takeOver } from "./take-over.ts";

export { PullQueue } from "./pull-queue.ts";

/** The first Worker of the local stack: the Queues API is answered here, the rest is the gateway's. */
export default {
	fetch(request, env) {
		const path = parseApiPath(new URL(request.url).pathname);
		return path === undefined ? env.GATEWAY.fetch(request) : answerApi(path, request, env);
	},
	scheduled: (controller, env) => forwardScheduled(controller, [env.GATEWAY, env.NOTIFY]),
	email: (message, env) => forwardEmail(message, env.NOTIFY),
	queue: (batch, env) => takeOver(batch, env),
} satisfies ExportedHandler<QueuesEnv>;
