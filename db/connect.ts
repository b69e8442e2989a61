import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import * as schema from "./schema/index.ts";

export type Db = DrizzleD1Database<typeof schema>;

/** Binds the schema to a D1 database. Cheap: call it once a request or batch. */
export function connect(d1: D1Database): Db {
	return drizzle(d1, { schema });
}
