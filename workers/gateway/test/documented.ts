import { Validator } from "@cfworker/json-schema";
import { expect } from "vitest";
import { app } from "../app.ts";
import { describeApi } from "../describe-api.ts";

/*
 * The API's description is held to what the API does: `send` in client.ts shows every answer of
 * every test to `expectDocumented`.
 */

interface Operation {
	responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

const document = describeApi(app);

/** Expects an answer to be one that the description has: its status, media type and body. */
export async function expectDocumented(request: Request, response: Response): Promise<void> {
	// Preflights are CORS's, and so the same for every operation.
	if (request.headers.has("access-control-request-method") && response.status === 204) return;
	const operation = operationOf(request);
	const mediaType = response.headers.get("content-type")?.split(";")[0];
	const answer = `${request.method} ${new URL(request.url).pathname} → ${response.status} ${mediaType}`;
	if (operation === undefined) {
		expect([404, 405], answer).toContain(response.status);
		return;
	}
	const described = operation.responses[response.status];
	expect(described, `${answer} is not in the description`).toBeDefined();
	if (mediaType === undefined || response.body === null) return;
	const content = described?.content?.[mediaType];
	expect(content, `${answer} has another media type in the description`).toBeDefined();
	if (content?.schema === undefined || !mediaType.endsWith("json")) return;
	const { components } = document;
	const validator = new Validator({ ...content.schema, components }, "2020-12", false);
	const { errors } = validator.validate(await response.clone().json());
	expect(errors, `${answer} has another body in the description`).toEqual([]);
}

/** The operation of a request; HEAD is answered as GET is. */
function operationOf({ url, method }: Request): Operation | undefined {
	const { pathname } = new URL(url);
	for (const [path, operations] of Object.entries(document.paths ?? {})) {
		const pattern = new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`);
		if (!pattern.test(pathname)) continue;
		const { get, ...others } = operations as Record<string, Operation>;
		const operation = { get, head: get, ...others }[method.toLowerCase()];
		if (operation !== undefined) return operation;
	}
	return undefined;
}
