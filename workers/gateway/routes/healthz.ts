import { type Context, Hono } from "hono";
import { describeError } from "#contracts/log-line.ts";
import { ping } from "#db/queries/users.ts";
import type { GatewayContext } from "../http/context.ts";
import { log } from "../http/log.ts";

/** `GET /healthz`: 200 when gateway, auth, D1 and both R2 buckets answer, else 503. */
export const healthz = new Hono<GatewayContext>().get("/", async (c) => {
	const [auth, d1, videos, mp3s] = await Promise.all([
		answers(c, "auth", () => c.env.AUTH.ping()),
		answers(c, "d1", () => ping(c.get("db"))),
		answers(c, "videos", () => c.env.VIDEOS.head("healthz")),
		answers(c, "mp3s", () => c.env.MP3S.head("healthz")),
	]);
	const checks = { auth, d1, videos, mp3s };
	const isHealthy = auth && d1 && videos && mp3s;
	return c.json({ status: isHealthy ? "ok" : "unavailable", checks }, isHealthy ? 200 : 503);
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
