import type { RouteConfig, RouteHandler } from "@hono/zod-openapi";
import { requireAccess } from "../authentication/require-access.ts";
import type { UserContext } from "./context.ts";
import type { Access } from "./describe-route.ts";

/**
 * A route for users: its definition and its handler, for `openapiRoutes`. Who may call it is what its
 * definition says under `security`; without that it does not compile.
 */
export const userRoute = <Route extends RouteConfig & { security: Access }>(
	route: Route,
	handler: RouteHandler<Route, UserContext>,
) => {
	const middleware = [requireAccess(route.security), ...[route.middleware ?? []].flat()];
	return { route: { ...route, middleware } as Route, handler };
};
