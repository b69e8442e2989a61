import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { type Change, countChanges, findUnfinished } from "#db/queries/conversion-changes.ts";
import { eventStream } from "../conversions/event-stream.ts";
import { lastEventId } from "../conversions/last-event-id.ts";
import type { UserContext } from "../http/context.ts";
import { eventAnswer, problems, USER_PROBLEMS, withKey } from "../http/describe-route.ts";
import { userRoute } from "../http/user-route.ts";
import { CHANGES_BATCH } from "../limits.ts";

const route = createRoute({
	method: "get",
	path: "/",
	tags: ["Events"],
	summary: "What happens to your conversions",
	description:
		"Server-sent events: `conversion` with the document of one that is not over yet or has changed, `deleted` with the id of one that is gone. A stream ends after some minutes; connect again with `Last-Event-ID`, as an EventSource does by itself, and you have missed nothing. To show a list that stays true, open the stream first and then get the list.",
	security: withKey("read"),
	responses: {
		200: eventAnswer("Events, for some minutes."),
		...problems(...USER_PROBLEMS),
	},
});

const answer = userRoute(route, async (c) => {
	const userId = c.get("user").sub;
	const count = await countChanges(c.get("db"), userId);
	const seen = lastEventId(c.req.header("last-event-id"));
	// A number that has not been reached yet is none of ours.
	if (seen !== null && seen <= count) {
		return eventStream(c, { userId, after: seen }, [], () => false);
	}
	const unfinished = await findUnfinished(c.get("db"), userId, CHANGES_BATCH);
	const present: Change[] = unfinished
		.map((row) => ({ type: "changed" as const, change: row.change, row }))
		.sort((one, other) => one.change - other.change);
	return eventStream(c, { userId, after: count }, present, () => false);
});

/** All of a user's conversions as events. */
export const events = new OpenAPIHono<UserContext>();
events.openapiRoutes([answer] as const);
