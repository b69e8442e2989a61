import { OpenAPIHono } from "@hono/zod-openapi";
import type { UserContext } from "../../http/context.ts";
import { change } from "./change.ts";
import { create } from "./create.ts";
import { remove } from "./delete.ts";
import { deliveries } from "./deliveries.ts";
import { delivery } from "./delivery.ts";
import { get } from "./get.ts";
import { list } from "./list.ts";
import { replay } from "./replay.ts";
import { rotateSecret } from "./rotate-secret.ts";

/** A user's webhooks (docs/webhooks.md). */
export const webhooks = new OpenAPIHono<UserContext>();
webhooks.openapiRoutes([
	create,
	list,
	get,
	change,
	remove,
	rotateSecret,
	deliveries,
	delivery,
	replay,
] as const);
