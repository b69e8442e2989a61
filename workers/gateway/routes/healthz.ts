import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import * as z from "zod";
import { describeError } from "#contracts/log-line.ts";
import { ping } from "#db/queries/users.ts";
import type { GatewayContext } from "../http/context.ts";
import { json, problems } from "../http/describe-route.ts";
import { log } from "../http/log.ts";

const health = z.object({
	status: z.enum(["ok", "unavailable"]),
	checks: z.object({
		auth: z.boolean(),
		d1: z.boolean(),
		videos: z.boolean(),
		mp3s: z.boolean(),
	}),
});

const healthRoute = createRoute({
	method: "get",
	path: "/",
	tags: ["Service"],
	summary: "Whether all parts answer",
	responses: {
		200: json(health, "Gateway, auth, D1 and both R2 buckets answer."),
		503: json(health, "One of them does not."),
		...problems("internal"),
	},
});

export const healthz = new OpenAPIHono<GatewayContext>();
healthz.openapi(healthRoute, async (c) => {
	const [auth, d1, videos, mp3s] = await Promise.all([
		answers(c, "auth", () => c.env.AUTH.ping()),
		answers(c, "d1", () => ping(c.get("db"))),
		answers(c, "videos", () => c.env.VIDEOS.head("healthz")),
		answers(c, "mp3s", () => c.env.MP3S.head("healthz")),
	]);
	const checks = { auth, d1, videos, mp3s };
	const isHealthy = auth && d1 && videos && mp3s;
	return isHealthy
		? c.json({ status: "ok" as const, checks }, 200)
		: c.json({ status: "unavailable" as const, checks }, 503);
});

async function answers(
	c: Context<GatewayContext>,
	part: string,
	ask: () => Promise<unknown>,
): Promise<boolean> {
	try {
		await ask();
		return true;
	} catch (error) {
		log("error", "health_check_failed", {
			requestId: c.get("requestId"),
			part,
			error: describeError(error),
		});
		return false;
	}
}
