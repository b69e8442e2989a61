import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import { SESSION_COOKIE } from "./authentication/session-cookie.ts";
import type { GatewayContext } from "./http/context.ts";
import { json, problems } from "./http/describe-route.ts";

const DESCRIPTION = `Send a video, get its sound as an MP3.

1. \`POST /login\` gives a token, \`POST /keys\` an API key for programs.
2. \`POST /upload\` takes the video and answers with the conversion.
3. \`GET /conversions/{id}?wait=60\` answers when it is over; \`GET /events\` tells as it happens.
4. When its status is \`done\`, \`GET /download\` hands out the MP3.

Errors are problem details (RFC 9457): match on \`code\`, show \`detail\`.`;

export const describeRoute = createRoute({
	method: "get",
	path: "/openapi.json",
	tags: ["Service"],
	summary: "This description",
	responses: {
		200: json(z.object({ openapi: z.string() }), "OpenAPI 3.1."),
		...problems("internal"),
	},
});

type Document = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;

/** What `security` of the route definitions refers to. */
const schemes = {
	password: { type: "http", scheme: "basic", description: "Your address and password." },
	token: {
		type: "http",
		scheme: "bearer",
		bearerFormat: "JWT",
		description: "From `POST /login`, for an hour, or from a session, for 15 minutes.",
	},
	key: {
		type: "http",
		scheme: "bearer",
		description: "From `POST /keys`, with the scope that is named here, or `admin`.",
	},
	session: {
		type: "apiKey",
		in: "cookie",
		name: SESSION_COOKIE,
		description: "From `POST /session`, for Earshot's own pages.",
	},
	attempt: { type: "http", scheme: "bearer", description: "From a `video` message." },
} as const;

let document: Document | undefined;

/** The API as OpenAPI 3.1, made of the route definitions once an isolate. */
export function describeApi(app: OpenAPIHono<GatewayContext>): Document {
	if (document !== undefined) return document;
	for (const [name, scheme] of Object.entries(schemes)) {
		app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
	}
	document = app.getOpenAPI31Document({
		openapi: "3.1.0",
		info: { title: "Earshot", version: "1.0.0", description: DESCRIPTION },
		servers: [{ url: "/" }],
		tags: [
			{ name: "Account" },
			{ name: "Sessions" },
			{ name: "API keys" },
			{ name: "Uploads" },
			{ name: "Conversions" },
			{ name: "Events" },
			{ name: "Webhooks", description: "Events that come to you: docs/webhooks.md." },
			{ name: "Service" },
			{ name: "Transcoders", description: "For Earshot's own transcoders." },
		],
	});
	return document;
}
