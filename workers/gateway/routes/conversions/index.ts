import { OpenAPIHono } from "@hono/zod-openapi";
import type { UserContext } from "../../http/context.ts";
import { cancel } from "./cancel.ts";
import { remove } from "./delete.ts";
import { removeSeveral } from "./delete-several.ts";
import { events } from "./events.ts";
import { find } from "./find.ts";
import { get } from "./get.ts";
import { link } from "./link.ts";
import { list } from "./list.ts";
import { rename } from "./rename.ts";
import { retry } from "./retry.ts";

/** A user's conversions. */
export const conversions = new OpenAPIHono<UserContext>();
conversions.openapiRoutes([
	list,
	find,
	get,
	events,
	link,
	cancel,
	retry,
	rename,
	remove,
	removeSeveral,
] as const);
