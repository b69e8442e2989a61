import type * as z from "zod";

/** Bodies of JSON routes are small; anything larger is not meant for us. */
const MAX_JSON_BYTES = 64 * 1024;

export type JsonBody<T> = { ok: true; value: T } | { ok: false; detail: string };

/** Reads a JSON request body and checks it against a schema. No body means `{}`. */
export async function readJson<T>(request: Request, schema: z.ZodType<T>): Promise<JsonBody<T>> {
	const text = await readText(request);
	if (text === null) return { ok: false, detail: "The body is larger than 64 KiB." };
	let json: unknown;
	try {
		json = JSON.parse(text === "" ? "{}" : text);
	} catch {
		return { ok: false, detail: "The body is not JSON." };
	}
	const parsed = schema.safeParse(json);
	if (parsed.success) return { ok: true, value: parsed.data };
	return { ok: false, detail: describeIssues(parsed.error) };
}

/** The first problem a schema found, as one sentence that never repeats the input. */
export function describeIssues(error: z.ZodError): string {
	const [issue] = error.issues;
	if (issue === undefined) return "The input is invalid.";
	const path = issue.path.join(".");
	return path === "" ? `${issue.message}.` : `\`${path}\`: ${issue.message}.`;
}

async function readText(request: Request): Promise<string | null> {
	if (request.body === null) return "";
	const decoder = new TextDecoder();
	let text = "";
	let sizeBytes = 0;
	for await (const chunk of request.body.values({ preventCancel: true })) {
		sizeBytes += chunk.byteLength;
		if (sizeBytes > MAX_JSON_BYTES) return null;
		text += decoder.decode(chunk, { stream: true });
	}
	return text + decoder.decode();
}
