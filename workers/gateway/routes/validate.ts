import { Hono } from "hono";
import { requireUser } from "../authentication/require-user.ts";
import type { UserContext } from "../http/context.ts";

/** `POST /validate` with a Bearer token: 200 with its claims, or 401. */
export const validate = new Hono<UserContext>().post("/", requireUser, (c) =>
	c.json(c.get("user")),
);
