import { drizzle } from "drizzle-orm/sqlite-proxy";
import * as z from "zod";
import type { Db } from "#db/connect.ts";
import { callApi } from "./call-api.ts";
import type { Connection } from "./connection.ts";

const value = z.union([z.string(), z.number(), z.null()]);
const results = z.tuple([z.object({ results: z.object({ rows: z.array(z.array(value)) }) })]);

/**
 * D1 by its REST API, for the queries of db/queries. Its parameters are strings: what is compared
 * with a column, or written to it, SQLite turns into a number again where the column has numbers.
 */
export function d1OverHttp({ d1Url, token }: Connection): Db {
	const db = drizzle(async (sql, params: unknown[]) => {
		const parsed = z.array(z.union([z.string(), z.number()])).parse(params);
		const [{ results: found }] = results.parse(
			await callApi(d1Url, token, { sql, params: parsed.map(String) }),
		);
		return { rows: found.rows };
	});
	// It differs in what `batch` and the result of `run` are, which nothing here asks for.
	return db as unknown as Db;
}
