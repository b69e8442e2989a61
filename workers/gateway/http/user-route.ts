import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { UserContext } from "./context.ts";

/** A route behind `requireUser`: its definition and its handler, for `openapiRoutes`. */
export const userRoute = <Route extends RouteConfig>(
	route: Route,
	handler: RouteHandler<Route, UserContext>,
) => ({ route, handler });
