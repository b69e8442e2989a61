import { describeError, logLine } from "#contracts/log-line.ts";
import { type Answer, toResponse } from "./answer.ts";
import type { ApiPath } from "./api-path.ts";
import { isAuthorized } from "./api-token.ts";
import { readConfig } from "./config.ts";
import { readJson } from "./request-body.ts";
import { ack } from "./routes/ack.ts";
import { publish } from "./routes/publish.ts";
import { publishBatch } from "./routes/publish-batch.ts";
import { pull } from "./routes/pull.ts";
import type { TargetQueue } from "./target-queue.ts";

const routes = { publish, "publish-batch": publishBatch, pull, ack };

/** Answers a call of the Queues API. Whatever happens, the answer is Cloudflare's envelope. */
export async function answerApi(
	path: ApiPath,
	request: Request,
	env: QueuesEnv,
): Promise<Response> {
	try {
		return toResponse(await answer(path, request, env));
	} catch (error) {
		console.error(
			logLine("queues", "error", "api_call_failed", { ...path, error: describeError(error) }),
		);
		return toResponse({ type: "refused", error: "internal" });
	}
}

async function answer(path: ApiPath, request: Request, env: QueuesEnv): Promise<Answer<unknown>> {
	const { ACCOUNT_ID, QUEUES, QUEUES_API_TOKEN } = readConfig(env);
	if (!(await isAuthorized(request, QUEUES_API_TOKEN))) {
		return { type: "refused", error: "authentication" };
	}
	if (path.account !== ACCOUNT_ID) return { type: "refused", error: "unknownObject" };
	const config = QUEUES.get(path.queue);
	if (config === undefined) return { type: "refused", error: "queueNotFound" };
	if (request.method !== "POST") return { type: "refused", error: "methodNotAllowed" };

	const body = await readJson(request);
	if (body.type === "refused") return body;
	const queue: TargetQueue =
		config.consumer === "http_pull"
			? { consumer: "http_pull", pullQueue: env.PULL_QUEUE.getByName(path.queue) }
			: { consumer: "worker", producer: env[config.producer] };
	return await routes[path.operation](queue, body.result);
}
