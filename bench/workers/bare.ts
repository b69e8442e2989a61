import { Hono } from "hono";

/*
 * What the gateway is measured against: the same runtime, the same framework, the same storage, and
 * nothing else. It checks nobody's token and nobody's input.
 */

interface BareEnv {
	FILES: R2Bucket;
	DB: D1Database;
}

const app = new Hono<{ Bindings: BareEnv }>();

/** The shortest way from a request into R2. */
app.put("/put", async (c) => {
	const stored = await c.env.FILES.put("file", c.req.raw.body);
	return c.json({ sizeBytes: stored?.size });
});

/** A document of some size, out of nowhere. */
app.get("/document", (c) => c.json(DOCUMENT));

/** A row out of D1. */
app.get("/row", async (c) => c.json(await c.env.DB.prepare("select * from item limit 1").first()));

/** A page of rows out of D1. */
app.get("/rows", async (c) => {
	const { results } = await c.env.DB.prepare(
		"select * from item where owner = ? order by id desc limit 100",
	)
		.bind("somebody")
		.all();
	return c.json(results);
});

/** A file out of R2. */
app.get("/file", async (c) => new Response((await c.env.FILES.get("file"))?.body ?? null));

/** What the queries above find. */
app.post("/items", async (c) => {
	const items: { id: string; body: string }[] = await c.req.json();
	await c.env.DB.exec(
		"create table item (id text primary key, owner text, body text); create index item_by_owner on item (owner, id);",
	);
	const insert = c.env.DB.prepare("insert into item values (?, 'somebody', ?)");
	await c.env.DB.batch(items.map(({ id, body }) => insert.bind(id, body)));
	return c.json({ count: items.length });
});

const DOCUMENT = {
	sub: "usr_01KAG4Z6V1Q8N4T0X9D3R7M5WB",
	email: "ada@example.com",
	name: "Ada",
	iss: "https://earshot.example.com",
	aud: "earshot",
	iat: 1_795_000_000,
	exp: 1_795_003_600,
};

export default app;
