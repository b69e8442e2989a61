import type { Context } from "hono";
import * as z from "zod";
import { fail } from "../../http/context.ts";

export const params = z.object({ provider: z.string().meta({ example: "google" }) });

export const unknownProvider = (c: Context) =>
	fail(c, "not_found", "There is no such provider. GET /sign-in has a list.");

export const unavailableProvider = (c: Context) =>
	fail(
		c,
		"sign_in_unavailable",
		"The provider does not answer as it should. Try again in a minute, or log in with a password.",
	);
