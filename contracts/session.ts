import * as z from "zod";
import { sessionId } from "./ids.ts";

/** A browser that is logged in, as its owner sees it in `GET /sessions`. */
export const sessionDocument = z
	.strictObject({
		id: sessionId,
		/** What the browser calls itself. */
		userAgent: z.string(),
		createdAt: z.iso.datetime(),
		lastUsedAt: z.iso.datetime(),
		/** Unless it is used again before. */
		expiresAt: z.iso.datetime(),
		/** Whether it is the one that the request's token comes from. */
		isCurrent: z.boolean(),
	})
	.meta({ id: "Session" });
export type SessionDocument = z.infer<typeof sessionDocument>;
