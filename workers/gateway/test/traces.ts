import { bindings } from "./client.ts";

/*
 * What is left of somebody, wherever it may be: found by looking everywhere, not where one expects it.
 */

interface Rows {
	table: string;
	rows: Record<string, unknown>[];
}

/** Everything in D1. */
async function everything(): Promise<Rows[]> {
	const { results } = await bindings.DB.prepare(
		"select name from sqlite_master where type = 'table' and name not like '\\_cf\\_%' escape '\\'",
	).all<{ name: string }>();
	return Promise.all(
		results.map(async ({ name }) => ({
			table: name,
			rows: (await bindings.DB.prepare(`select * from "${name}"`).all()).results,
		})),
	);
}

/** Each place in D1 where one of these words stands in a value, as `table.column`. */
export async function tracesOf(words: string[]): Promise<string[]> {
	const places = new Set<string>();
	for (const { table, rows } of await everything()) {
		for (const row of rows) {
			for (const [column, value] of Object.entries(row)) {
				if (words.some((word) => String(value).includes(word))) places.add(`${table}.${column}`);
			}
		}
	}
	return [...places].toSorted();
}

/** Every column of every table that refers to a user, as `table.column`. */
export async function userColumns(): Promise<string[]> {
	const { results } = await bindings.DB.prepare(
		"select name from sqlite_master where type = 'table' and instr(sql, '`user_id`')",
	).all<{ name: string }>();
	return results.map(({ name }) => `${name}.user_id`).toSorted();
}

/** Every object in R2 whose key has one of these words. */
export async function objectsOf(words: string[]): Promise<string[]> {
	const lists = await Promise.all([bindings.VIDEOS.list(), bindings.MP3S.list()]);
	return lists
		.flatMap(({ objects }) => objects.map(({ key }) => key))
		.filter((key) => words.some((word) => key.includes(word)));
}
