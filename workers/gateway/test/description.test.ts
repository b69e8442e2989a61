import { expect, test } from "vitest";
import { app } from "../app.ts";
import { describeApi } from "../describe-api.ts";
import { send } from "./client.ts";

/** That answers are as described is checked with every answer that any test gets (documented.ts). */

const document = describeApi(app);

test("the description has every route, and no other", () => {
	const routes = app.routes
		.filter(({ method }) => method !== "ALL")
		.map(({ method, path }) => `${method} ${path}`);
	const described = Object.entries(document.paths ?? {}).flatMap(([path, operations]) =>
		Object.keys(operations).map(
			// Hono knows no HEAD of its own.
			(method) =>
				`${method === "head" ? "GET" : method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ":$1")}`,
		),
	);
	expect(described.toSorted()).toEqual([...new Set(routes)].toSorted());
});

test("every operation says what it is for, who may call it, and what else may happen", () => {
	for (const [path, operations] of Object.entries(document.paths ?? {})) {
		for (const [method, operation] of Object.entries(operations as Record<string, object>)) {
			expect(operation, `${method} ${path}`).toMatchObject({
				summary: expect.stringMatching(/^[A-Z].+[^.]$/),
				tags: [expect.any(String)],
				responses: { 500: expect.anything() },
			});
		}
	}
});

test("every reference leads somewhere", () => {
	const references = [
		...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g),
	];
	const names = Object.keys(document.components?.schemas ?? {});
	expect(references.length).toBeGreaterThan(0);
	for (const [, name] of references) expect(names).toContain(name);
});

test("it is served as OpenAPI 3.1", async () => {
	const response = await send("/openapi.json");
	expect(await response.json()).toEqual(JSON.parse(JSON.stringify(document)));
});
