import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import type { GatewayContext } from "./context.ts";

/** A route for everybody: its definition and its handler, for `openapiRoutes`. */
export const publicRoute = <Route extends RouteConfig>(
	route: Route,
	handler: RouteHandler<Route, GatewayContext>,
) => ({ route, handler });
