import { OpenAPIHono } from "@hono/zod-openapi";
import type { GatewayContext, UserContext } from "../../http/context.ts";
import { change } from "./change.ts";
import { changeEmail } from "./change-email.ts";
import { changePassword } from "./change-password.ts";
import { confirmEmail } from "./confirm-email.ts";
import { confirmReset } from "./confirm-reset.ts";
import { confirmVerification } from "./confirm-verification.ts";
import { remove } from "./delete.ts";
import { get } from "./get.ts";
import { requestReset } from "./request-reset.ts";
import { requestVerification } from "./request-verification.ts";

/** What is done with mailed links: whoever has one need not be logged in. */
export const accountLinks = new OpenAPIHono<GatewayContext>();
accountLinks.openapiRoutes([
	confirmVerification,
	requestReset,
	confirmReset,
	confirmEmail,
] as const);

/** A user's own account. */
export const account = new OpenAPIHono<UserContext>();
account.openapiRoutes([
	get,
	change,
	changePassword,
	requestVerification,
	changeEmail,
	remove,
] as const);
