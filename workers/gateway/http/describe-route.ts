import type * as z from "zod";
import { type ProblemCode, problem } from "#contracts/problem.ts";
import type { Scope } from "#contracts/scope.ts";
import { type StatusOf, statusOf, titleOf } from "./problem.ts";

/*
 * The parts of which route definitions are made. What a definition says is checked twice: the
 * compiler lets a handler answer nothing else, and the tests compare every answer they see.
 */

interface Answer<MediaType extends string, Schema extends z.ZodType> {
	description: string;
	content: { [Type in MediaType]: { schema: Schema } };
}

/** An answer in JSON. */
export const json = <Schema extends z.ZodType>(
	schema: Schema,
	description: string,
): Answer<"application/json", Schema> => ({
	description,
	content: { "application/json": { schema } },
});

/** An answer of server-sent events. */
export const eventAnswer = (description: string) => ({
	description,
	content: { "text/event-stream": { schema: { type: "string" as const } } },
});

/** A request body in JSON, at most `MAX_JSON_BYTES` long (`limit-json.ts`). */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
	required: true as const,
	content: { "application/json": { schema } },
});

/** A request body in JSON that may be left out; then the handler is given `{}`, unparsed. */
export const optionalJsonBody = <Schema extends z.ZodType>(schema: Schema) => ({
	required: false as const,
	content: { "application/json": { schema } },
});

type Problems<Code extends ProblemCode> = {
	[Status in StatusOf<Code>]: Answer<"application/problem+json", typeof problem>;
};

/** The ways in which a route may fail: an answer for each status, which names its codes. */
export function problems<Code extends ProblemCode>(...codes: Code[]): Problems<Code> {
	const byStatus = Map.groupBy(codes, (code) => statusOf(code));
	const answers = [...byStatus].map(([status, those]) => {
		const description = those.map((code) => `\`${code}\`: ${titleOf(code)}.`).join(" ");
		return [status, { description, content: { "application/problem+json": { schema: problem } } }];
	});
	return Object.fromEntries(answers) as Problems<Code>;
}

/** What may go wrong before a handler behind `requireAccess` is reached, and anywhere. */
export const USER_PROBLEMS = [
	"unauthenticated",
	"invalid_token",
	"insufficient_scope",
	"auth_unavailable",
	"internal",
] as const satisfies ProblemCode[];

/** What may go wrong with a body in JSON. */
export const BODY_PROBLEMS = [
	"invalid_body",
	"payload_too_large",
	"unsupported_media_type",
] as const satisfies ProblemCode[];

/** Who may call a route, by names that `describe-api.ts` explains. It is what `userRoute` demands. */
export type Access = [{ token: [] }] | [{ token: [] }, { key: Scope[] }];

/** Whoever has logged in. API keys may not. */
export const AS_USER: [{ token: [] }] = [{ token: [] }];

/** Whoever has logged in, and API keys with this scope; without one, all of them. */
export const withKey = (...scopes: Scope[]): [{ token: [] }, { key: Scope[] }] => [
	{ token: [] },
	{ key: scopes },
];
