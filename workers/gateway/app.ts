import { OpenAPIHono } from "@hono/zod-openapi";
import { HTTPException } from "hono/http-exception";
import { describeError } from "#contracts/log-line.ts";
import { connect } from "#db/connect.ts";
import { describeApi, describeRoute } from "./describe-api.ts";
import { allowOrigins } from "./http/allow-origins.ts";
import { fail, type GatewayContext } from "./http/context.ts";
import { describeIssues } from "./http/describe-issues.ts";
import { drainBody } from "./http/drain-body.ts";
import { log } from "./http/log.ts";
import { securityHeaders } from "./http/security-headers.ts";
import { account, accountLinks } from "./routes/account/index.ts";
import { control } from "./routes/control.ts";
import { conversions } from "./routes/conversions/index.ts";
import { download } from "./routes/download.ts";
import { events } from "./routes/events.ts";
import { healthz } from "./routes/healthz.ts";
import { jwks } from "./routes/jwks.ts";
import { keys } from "./routes/keys.ts";
import { login } from "./routes/login.ts";
import { register } from "./routes/register.ts";
import { session } from "./routes/session.ts";
import { sessions } from "./routes/sessions.ts";
import { signIn } from "./routes/sign-in/index.ts";
import { unsubscribe } from "./routes/unsubscribe.ts";
import { upload } from "./routes/upload.ts";
import { uploads } from "./routes/uploads.ts";
import { validate } from "./routes/validate.ts";
import { webhooks } from "./routes/webhooks/index.ts";

const UNEXPECTED = "Try again. If it happens again, report it with the requestId.";

/** Every public route. */
export const app = new OpenAPIHono<GatewayContext>({
	defaultHook: (result, c) => {
		if (result.success) return;
		const code = result.target === "query" ? "invalid_query" : "invalid_body";
		return fail(c, code, describeIssues(result.error));
	},
});

app.use(async (c, next) => {
	const requestId = crypto.randomUUID();
	c.set("requestId", requestId);
	c.set("db", connect(c.env.DB));
	await next();
	c.header("x-request-id", requestId);
	const { status } = c.res;
	// What goes well stands in Cloudflare's own log of requests, and a line costs money and time.
	if (status < 400) return;
	// The path only: queries may hold what must not be logged.
	const { method, path } = c.req;
	log("info", "request_failed", { requestId, method, path, status });
});
app.use(securityHeaders);
app.use(allowOrigins);
app.use(drainBody);

app.route("/register", register);
app.route("/login", login);
app.route("/session", session);
app.route("/sessions", sessions);
app.route("/keys", keys);
app.route("/sign-in", signIn);
app.route("/validate", validate);
app.route("/account", accountLinks);
app.route("/account", account);
app.route("/upload", upload);
app.route("/uploads", uploads);
app.route("/conversions", conversions);
app.route("/events", events);
app.route("/download", download);
app.route("/webhooks", webhooks);
app.route("/unsubscribe", unsubscribe);
app.route("/control", control);
app.route("/healthz", healthz);
app.route("/.well-known", jwks);
app.openapi(describeRoute, (c) => c.json(describeApi(app), 200, { "cache-control": "no-cache" }));

app.notFound((c) => fail(c, "not_found", "There is nothing at this address."));
app.onError((error, c) => {
	// The framework's own refusals of a body that it was to parse.
	if (error instanceof HTTPException && error.status === 400) {
		return fail(c, "invalid_body", "The body is not JSON.");
	}
	if (error instanceof HTTPException && error.status === 415) {
		return fail(c, "unsupported_media_type", "Send the body as `Content-Type: application/json`.");
	}
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
