import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { optOut } from "#db/queries/mail-opt-outs.ts";
import { readUnsubscribeToken } from "#signing/unsubscribe-token.ts";
import { fail, type GatewayContext } from "../http/context.ts";
import { problems } from "../http/describe-route.ts";

const query = z.object({ token: z.string().max(200).describe("Of the mail.") });

const oneClickRoute = createRoute({
	method: "post",
	path: "/one-click",
	tags: ["Account"],
	summary: "Get no more mail of a kind",
	description:
		"Mail programs call it by themselves (RFC 8058). It works for ever and as often as one likes; `PATCH /account` turns the mail on again.",
	request: { query },
	responses: {
		204: { description: "No more is sent." },
		...problems("invalid_query", "invalid_link", "internal"),
	},
});

/** For programs that know no one-click and open the address: to where a person is asked. */
const pageRoute = createRoute({
	method: "get",
	path: "/one-click",
	tags: ["Account"],
	summary: "The page that asks whether you want no more mail",
	description: "Nothing changes before its button is pressed.",
	request: { query },
	responses: {
		303: { description: "The page.", headers: z.object({ location: z.string() }) },
		...problems("invalid_query", "internal"),
	},
});

/**
 * Whatever the body is: a `POST` to this address can mean one thing only. Nobody has to be logged in,
 * as it is the mail program that calls, and the token does nothing else.
 */
export const unsubscribe = new OpenAPIHono<GatewayContext>();
unsubscribe.openapi(oneClickRoute, async (c) => {
	const unsubscription = readUnsubscribeToken(c.env.NOTIFY_KEY, c.req.valid("query").token);
	if (unsubscription === null) {
		return fail(c, "invalid_link", "Log in and turn the mail off with PATCH /account.");
	}
	await optOut(c.get("db"), unsubscription.userId, unsubscription.kind, Date.now());
	return c.body(null, 204);
});
unsubscribe.openapi(pageRoute, (c) =>
	c.redirect(`/unsubscribe#${encodeURIComponent(c.req.valid("query").token)}`, 303),
);
