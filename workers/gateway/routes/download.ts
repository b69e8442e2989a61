import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import { create as contentDisposition } from "content-disposition";
import type { Context } from "hono";
import * as z from "zod";
import { mp3Key } from "#storage/object-keys.ts";
import { notDone, notFound, ownConversion } from "../conversions/own-conversion.ts";
import { byteRange } from "../downloads/byte-range.ts";
import { fail, type UserContext } from "../http/context.ts";
import { problems, USER_PROBLEMS, withKey } from "../http/describe-route.ts";
import { userRoute } from "../http/user-route.ts";
import { mp3Filename } from "../uploads/filename.ts";

const mp3 = (description: string) => ({ description, content: { "audio/mpeg": {} } });

const downloadRoute = createRoute({
	method: "get",
	path: "/",
	tags: ["Conversions"],
	summary: "The MP3",
	description: "Range, If-Range, If-Match and If-None-Match as RFC 9110 has them; HEAD too.",
	security: withKey("read"),
	request: { query: z.object({ fid: z.string().optional().describe("The conversion's id.") }) },
	responses: {
		200: mp3("The file."),
		206: mp3("The part of it that `Range` asks for."),
		304: { description: "The client has it already." },
		...problems(
			"not_found",
			"conversion_not_done",
			"conversion_expired",
			"precondition_failed",
			"range_not_satisfiable",
			...USER_PROBLEMS,
		),
	},
});

const answer = userRoute(downloadRoute, async (c) => {
	const row = await ownConversion(c, c.req.valid("query").fid);
	if (row === null) return notFound(c);
	if (row.status !== "done" || row.outcome?.type !== "converted") return notDone(c, row);

	const { sizeBytes } = row.outcome.output;
	const key = mp3Key(row.id, row.attempt);
	const range = byteRange(await applicableRange(c, key), sizeBytes);
	if (range.type === "unsatisfiable") {
		return fail(c, "range_not_satisfiable", `The file has ${sizeBytes} bytes.`, {
			"content-range": `bytes */${sizeBytes}`,
		});
	}
	const object = await c.env.MP3S.get(key, {
		onlyIf: conditions(c.req.raw.headers),
		...(range.type === "part" && { range: { offset: range.offset, length: range.length } }),
	});
	if (object === null) return notFound(c);

	const headers = new Headers({
		"accept-ranges": "bytes",
		"cache-control": "private, no-cache",
		"content-disposition": contentDisposition(mp3Filename(row.filename)),
		"content-type": "audio/mpeg",
		etag: object.httpEtag,
		"x-content-type-options": "nosniff",
	});
	if (!("body" in object)) {
		if (c.req.header("if-match") !== undefined) {
			return fail(c, "precondition_failed", "Ask again without If-Match.");
		}
		return new Response(null, { status: 304, headers });
	}
	if (range.type === "part") {
		const last = range.offset + range.length - 1;
		headers.set("content-range", `bytes ${range.offset}-${last}/${sizeBytes}`);
		headers.set("content-length", String(range.length));
		return new Response(object.body, { status: 206, headers });
	}
	headers.set("content-length", String(sizeBytes));
	return new Response(object.body, { status: 200, headers });
});

/** The MP3, streamed from R2, to its owner only. */
export const download = new OpenAPIHono<UserContext>();
download.openapiRoutes([answer] as const);

/** The Range header, unless If-Range says that the client knows another version (section 13.1.5). */
async function applicableRange(c: Context<UserContext>, key: string): Promise<string | undefined> {
	const ifRange = c.req.header("if-range");
	if (ifRange === undefined) return c.req.header("range");
	const object = await c.env.MP3S.head(key);
	return object?.httpEtag === ifRange ? c.req.header("range") : undefined;
}

/** R2 evaluates these; anything else in the headers is not its business. */
function conditions(request: Headers): Headers {
	const names = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
	return new Headers(
		names.flatMap((name) => {
			const value = request.get(name);
			return value === null ? [] : [[name, value] as [string, string]];
		}),
	);
}
