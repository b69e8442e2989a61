import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { apiKeyDocument, apiKeyWish } from "#contracts/api-key.ts";
import { apiKeyId } from "#contracts/ids.ts";
import { askAuth, authUnavailable } from "../authentication/ask-auth.ts";
import { fail, type UserContext } from "../http/context.ts";
import {
	AS_USER,
	BODY_PROBLEMS,
	json,
	jsonBody,
	problems,
	USER_PROBLEMS,
} from "../http/describe-route.ts";
import { limitJson } from "../http/limit-json.ts";
import { userRoute } from "../http/user-route.ts";

const createKeyRoute = createRoute({
	method: "post",
	path: "/",
	tags: ["API keys"],
	summary: "Make an API key",
	description:
		"For a program, in place of a token. `read`: see, download and link. `upload`: upload, try again, cancel. `admin`: all that, rename and delete. No key changes the account, its sessions or its keys. At most fifty a user.",
	security: AS_USER,
	middleware: limitJson,
	request: { body: jsonBody(apiKeyWish) },
	responses: {
		201: json(
			apiKeyDocument.extend({ key: z.string().meta({ example: "esk_…" }) }),
			"The key. It is shown this once: what is stored of it does not lead back to it.",
		),
		...problems(...BODY_PROBLEMS, "too_many_keys", ...USER_PROBLEMS),
	},
});

const listRoute = createRoute({
	method: "get",
	path: "/",
	tags: ["API keys"],
	summary: "Your API keys, newest first",
	description: "By their first characters. A key's last use is told to within a minute.",
	security: AS_USER,
	responses: {
		200: json(z.object({ keys: z.array(apiKeyDocument) }), "Your keys."),
		...problems(...USER_PROBLEMS),
	},
});

const deleteRoute = createRoute({
	method: "delete",
	path: "/{id}",
	tags: ["API keys"],
	summary: "Revoke an API key",
	description: "It opens nothing any more after a minute at most.",
	security: AS_USER,
	request: { params: z.object({ id: z.string() }) },
	responses: {
		204: { description: "It is gone." },
		...problems("not_found", ...USER_PROBLEMS),
	},
});

const create = userRoute(createKeyRoute, async (c) => {
	const wish = c.req.valid("json");
	const created = await askAuth(c, (auth) => auth.createApiKey(c.get("user").sub, wish));
	if (created === null) return authUnavailable(c);
	if (created.ok) {
		const { key, document } = created;
		return c.json({ ...document, key }, 201, { "cache-control": "no-store" });
	}
	return created.code === "too_many_keys"
		? fail(c, created.code, "Delete a key that you do not use any more.")
		: fail(c, created.code, "The account is gone.");
});

const list = userRoute(listRoute, async (c) => {
	const keys = await askAuth(c, (auth) => auth.listApiKeys(c.get("user").sub));
	if (keys === null) return authUnavailable(c);
	return c.json({ keys }, 200, { "cache-control": "no-store" });
});

const remove = userRoute(deleteRoute, async (c) => {
	const id = apiKeyId.safeParse(c.req.valid("param").id);
	const isDeleted =
		id.success && (await askAuth(c, (auth) => auth.deleteApiKey(c.get("user").sub, id.data)));
	if (isDeleted === null) return authUnavailable(c);
	if (!isDeleted) return fail(c, "not_found", "You have no key with this id.");
	return c.body(null, 204);
});

/** A user's API keys. */
export const keys = new OpenAPIHono<UserContext>();
keys.openapiRoutes([create, list, remove] as const);
