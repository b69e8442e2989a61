import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";

export type Db = DrizzleD1Database;

/** For the queries of db/queries. Cheap: call it once a request or batch. */
export function connect(d1: D1Database): Db {
	// Given the schema, it would work out all relations, each time, which no query here asks for.
	return drizzle(d1);
}
