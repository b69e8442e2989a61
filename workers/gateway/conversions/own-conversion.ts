import type { Context } from "hono";
import { conversionId } from "#contracts/ids.ts";
import { findConversion } from "#db/queries/conversion-reads.ts";
import type { Conversion } from "#db/schema/conversions.ts";
import { fail, type UserContext } from "../http/context.ts";

/**
 * The user's own conversion with this id. Null for an id that is malformed, unknown or somebody
 * else's: the three cannot be told apart from outside.
 */
export async function ownConversion(
	c: Context<UserContext>,
	id: string | undefined,
): Promise<Conversion | null> {
	const parsed = conversionId.safeParse(id);
	if (!parsed.success) return null;
	return findConversion(c.get("db"), c.get("user").sub, parsed.data);
}

export function notFound(c: Context<UserContext>) {
	return fail(c, "not_found", "You have no conversion with this id.");
}

/** Why there is no MP3 to hand out. */
export function notDone(c: Context<UserContext>, row: Conversion) {
	if (row.status === "expired") {
		return fail(
			c,
			"conversion_expired",
			"It was kept as long as promised. Upload the video again.",
		);
	}
	if (row.status === "failed" && row.outcome?.type === "failed") {
		const { message, hint } = row.outcome.error;
		return fail(c, "conversion_not_done", `The conversion failed. ${message} ${hint}`);
	}
	const remedy = row.status === "cancelled" ? "Try it again first." : "Ask again later.";
	return fail(c, "conversion_not_done", `The conversion is ${row.status}. ${remedy}`);
}
