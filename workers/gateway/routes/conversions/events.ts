import { createRoute } from "@hono/zod-openapi";
import { isOver } from "#db/conversion-status.ts";
import type { Change } from "#db/queries/conversion-changes.ts";
import { eventStream } from "../../conversions/event-stream.ts";
import { lastEventId } from "../../conversions/last-event-id.ts";
import { notFound, ownConversion } from "../../conversions/own-conversion.ts";
import { eventAnswer, problems, USER_PROBLEMS, withKey } from "../../http/describe-route.ts";
import { userRoute } from "../../http/user-route.ts";
import { params } from "./params.ts";

const route = createRoute({
	method: "get",
	path: "/{id}/events",
	tags: ["Events"],
	summary: "What happens to one conversion",
	description:
		"Server-sent events: `conversion` with the document, at once and with every change, until it is over; `deleted` with the id.",
	security: withKey("read"),
	request: { params },
	responses: {
		200: eventAnswer("Events, until it is over."),
		204: { description: "It is over, and the client has seen its end (`Last-Event-ID`)." },
		...problems("not_found", ...USER_PROBLEMS),
	},
});

export const events = userRoute(route, async (c) => {
	const row = await ownConversion(c, c.req.valid("param").id);
	if (row === null) return notFound(c);
	const seen = lastEventId(c.req.header("last-event-id")) ?? -1;
	// By the standard, 204 tells a client not to connect again.
	if (isOver(row) && seen >= row.change) return c.body(null, 204);
	const { id, userId, change } = row;
	const present: Change[] = seen >= change ? [] : [{ type: "changed", change, row }];
	return eventStream(c, { userId, id, after: change }, present, isEnd);
});

const isEnd = (change: Change): boolean => change.type === "deleted" || isOver(change.row);
