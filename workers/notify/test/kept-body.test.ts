import { expect, test } from "vitest";
import { keptBody } from "../dead-letters/kept-body.ts";

const TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdHRlbXB0IjoxfQ.q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA";
const SIGNATURE = "ab".repeat(32);
const FID = "cnv_01ARZ3NDEKTSV4RRFFQ69G5FAV";

test.each<[string, unknown, unknown]>([
	["plain JSON", { v: 9, hello: ["world", 1.5, null] }, { v: 9, hello: ["world", 1.5, null] }],
	["JSON that came as text", '{"v":9}', { v: 9 }],
	["JSON that came as bytes", new TextEncoder().encode('{"v":9}').buffer, { v: 9 }],
	["text", "no JSON, but not long", "no JSON, but not long"],
	["half of JSON", '{"v":', '{"v":'],
	["nothing", null, "null"],
	["what JSON has no word for", undefined, "undefined"],
	["a bigint", 1n, "a message that is not JSON: bigint"],
	["our ids", { conversionId: FID }, { conversionId: FID }],
	[
		"a URL that opens nothing",
		{ url: `https://earshot.test/control/${FID}` },
		{ url: `https://earshot.test/control/${FID}` },
	],
])("%s is kept", (_, body, kept) => {
	expect(keptBody(body)).toEqual(kept);
});

test.each<[string, unknown, unknown]>([
	[
		"a presigned URL",
		{ url: `https://r2.test/videos/a?X-Amz-Signature=${SIGNATURE}` },
		{ url: "https://r2.test/videos/a?[masked]" },
	],
	["a URL with a name and a password", "http://ada:secret@r2.test/a", "http://r2.test/a?[masked]"],
	[
		"a URL with a fragment",
		"https://earshot.test/verify#short",
		"https://earshot.test/verify?[masked]",
	],
	[
		"a URL whose path opens it",
		`https://hooks.test/services/${SIGNATURE}`,
		"https://hooks.test/services/[masked]",
	],
	["a token", { control: { token: TOKEN } }, { control: { token: "[masked]" } }],
	["a token as a name", { [TOKEN]: 1 }, { "[masked]": 1 }],
	["a header", ["Bearer", `Bearer ${TOKEN}`], ["Bearer", "Bearer [masked]"]],
	["a key in base64", { key: `${"a+/".repeat(14)}a=` }, { key: "[masked]" }],
	["a token in half of JSON", `{"token":"${TOKEN}`, '{"token":"[masked]'],
	[
		"a token that comes with JSON in JSON",
		{ body: JSON.stringify({ token: TOKEN }) },
		{ body: '{"token":"[masked]"}' },
	],
])("%s is masked", (_, body, kept) => {
	expect(keptBody(body)).toEqual(kept);
});

test("what is long is cut, and no half of a secret passes", () => {
	const kept = keptBody(`${"word ".repeat(818)}${TOKEN}`);
	expect(kept).toHaveLength(4097);
	expect(kept).not.toContain("eyJ");
	expect(kept).toContain("[mas");
});

test("a hundred thousand arrays in each other are no way to hold up the queue", () => {
	const depth = 60_000;
	expect(keptBody(`${"[".repeat(depth)}${"]".repeat(depth)}`)).toBeTypeOf("string");
});
