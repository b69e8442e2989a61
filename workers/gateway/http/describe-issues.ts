import type * as z from "zod";

/** The first problem a schema found, as one sentence that never repeats the input. */
export function describeIssues(error: z.ZodError): string {
	const [issue] = error.issues;
	if (issue === undefined) return "The input is invalid.";
	const path = issue.path.join(".");
	return path === "" ? `${issue.message}.` : `\`${path}\`: ${issue.message}.`;
}
