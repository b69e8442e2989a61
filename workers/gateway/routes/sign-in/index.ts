import { OpenAPIHono } from "@hono/zod-openapi";
import { limitSignIn } from "../../abuse/rate-limited.ts";
import type { GatewayContext } from "../../http/context.ts";
import { begin } from "./begin.ts";
import { callback } from "./callback.ts";
import { list } from "./list.ts";

/** Signing in with an account of another site. */
export const signIn = new OpenAPIHono<GatewayContext>();
signIn.use(limitSignIn);
signIn.openapiRoutes([list, begin, callback] as const);
