import { Hono } from "hono";
import { describeError } from "#contracts/log-line.ts";
import { connect } from "#db/connect.ts";
import { fail, type GatewayContext } from "./http/context.ts";
import { drainBody } from "./http/drain-body.ts";
import { log } from "./http/log.ts";
import { control } from "./routes/control.ts";
import { conversions } from "./routes/conversions.ts";
import { download } from "./routes/download.ts";
import { healthz } from "./routes/healthz.ts";
import { login } from "./routes/login.ts";
import { register } from "./routes/register.ts";
import { upload } from "./routes/upload.ts";
import { validate } from "./routes/validate.ts";

const UNEXPECTED = "Try again. If it happens again, report it with the requestId.";

/** Every public route. */
export const app = new Hono<GatewayContext>()
	.use(async (c, next) => {
		const requestId = crypto.randomUUID();
		c.set("requestId", requestId);
		c.set("db", connect(c.env.DB));
		await next();
		c.header("x-request-id", requestId);
		// The path only: queries may hold what must not be logged.
		const { method, path } = c.req;
		log("info", "request", { requestId, method, path, status: c.res.status });
	})
	.use(drainBody)
	.route("/register", register)
	.route("/login", login)
	.route("/validate", validate)
	.route("/upload", upload)
	.route("/conversions", conversions)
	.route("/download", download)
	.route("/control", control)
	.route("/healthz", healthz)
	.notFound((c) => fail(c, "not_found", "There is nothing at this address."))
	.onError((error, c) => {
		log("error", "unhandled", { requestId: c.get("requestId"), error: describeError(error) });
		return fail(c, "internal", UNEXPECTED);
	});

// A known path with another method is 405 and says which methods there are (RFC 9110, 15.5.6).
for (const [path, methods] of methodsByPath()) {
	app.all(path, (c) =>
		fail(c, "method_not_allowed", `Use ${methods.join(" or ")}.`, { allow: methods.join(", ") }),
	);
}

function methodsByPath(): Map<string, string[]> {
	const known = new Map<string, string[]>();
	for (const { path, method } of app.routes) {
		if (method === "ALL") continue;
		const methods = new Set(known.get(path)).add(method);
		if (method === "GET") methods.add("HEAD");
		known.set(path, [...methods]);
	}
	return known;
}
