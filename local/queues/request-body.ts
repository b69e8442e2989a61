import type * as z from "zod";
import type { Answer } from "./answer.ts";
import type { ApiErrorName } from "./api-error.ts";

/** A call always has a JSON body, if only `{}`. */
export async function readJson(request: Request): Promise<Answer<unknown>> {
	try {
		return { type: "done", result: await request.json() };
	} catch {
		return { type: "refused", error: "bodyMalformed" };
	}
}

/**
 * Checks a body. Some fields have an error of their own: `errorOfField` names them by their path
 * without indices (`messages.delay_seconds`).
 */
export function parseBody<Schema extends z.ZodType>(
	schema: Schema,
	body: unknown,
	errorOfField: Record<string, ApiErrorName> = {},
): Answer<z.output<Schema>> {
	const parsed = schema.safeParse(body);
	if (parsed.success) return { type: "done", result: parsed.data };
	const [issue] = parsed.error.issues;
	const path = issue?.path ?? [];
	const field = path.filter((key) => typeof key === "string").join(".");
	return {
		type: "refused",
		error: errorOfField[field] ?? "bodyInvalid",
		detail: [path.join("."), issue?.message].filter(Boolean).join(": "),
	};
}
