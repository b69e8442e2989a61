import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { sessionId } from "#contracts/ids.ts";
import { sessionDocument } from "#contracts/session.ts";
import { askAuth, authUnavailable } from "../authentication/ask-auth.ts";
import { fail, type UserContext } from "../http/context.ts";
import { AS_USER, json, problems, USER_PROBLEMS } from "../http/describe-route.ts";
import { userRoute } from "../http/user-route.ts";

const UNTIL_THEN =
	"Tokens that it has given work until they expire, for 15 minutes at most: they are checked without asking anybody.";

const listRoute = createRoute({
	method: "get",
	path: "/",
	tags: ["Sessions"],
	summary: "Where you are logged in",
	description: "The session that was used last comes first.",
	security: AS_USER,
	responses: {
		200: json(z.object({ sessions: z.array(sessionDocument) }), "Your sessions."),
		...problems(...USER_PROBLEMS),
	},
});

const revokeRoute = createRoute({
	method: "delete",
	path: "/{id}",
	tags: ["Sessions"],
	summary: "Log one browser out",
	description: UNTIL_THEN,
	security: AS_USER,
	request: { params: z.object({ id: z.string() }) },
	responses: {
		204: { description: "The session has ended." },
		...problems("not_found", ...USER_PROBLEMS),
	},
});

const revokeAllRoute = createRoute({
	method: "delete",
	path: "/",
	tags: ["Sessions"],
	summary: "Log out everywhere",
	description: `Here, too. ${UNTIL_THEN} A token of \`POST /login\` works for its hour, and API keys go on.`,
	security: AS_USER,
	responses: {
		204: { description: "No session is left." },
		...problems(...USER_PROBLEMS),
	},
});

const list = userRoute(listRoute, async (c) => {
	const user = c.get("user");
	const current = "sid" in user ? user.sid : undefined;
	const sessions = await askAuth(c, (auth) => auth.listSessions(user.sub, current));
	if (sessions === null) return authUnavailable(c);
	return c.json({ sessions }, 200, { "cache-control": "no-store" });
});

const revoke = userRoute(revokeRoute, async (c) => {
	const id = sessionId.safeParse(c.req.valid("param").id);
	const isRevoked =
		id.success && (await askAuth(c, (auth) => auth.revokeSession(c.get("user").sub, id.data)));
	if (isRevoked === null) return authUnavailable(c);
	if (!isRevoked) return fail(c, "not_found", "You have no session with this id.");
	return c.body(null, 204);
});

const revokeAll = userRoute(revokeAllRoute, async (c) => {
	const revoked = await askAuth(c, (auth) => auth.revokeSessions(c.get("user").sub));
	return revoked === null ? authUnavailable(c) : c.body(null, 204);
});

/** Where a user is logged in. */
export const sessions = new OpenAPIHono<UserContext>();
sessions.openapiRoutes([list, revoke, revokeAll] as const);
