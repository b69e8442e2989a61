import fc from "fast-check";
import { expect, test } from "vitest";
import { returnPath } from "../sign-in/return-path.ts";

const HOME = "https://earshot.test";

test.each(["/", "/docs", "/a/b?c=d&e=f#g", "/conversions?status=done"])("%s is kept", (path) => {
	expect(returnPath(path, HOME)).toBe(path);
});

test.each([
	undefined,
	"",
	"docs",
	"https://evil.example/",
	"https:/evil.example",
	"//evil.example",
	"/\\evil.example",
	"\\\\evil.example",
	"/\t/evil.example",
	"/\n/evil.example",
	"/.//evil.example",
	"/..//evil.example",
	"/x/..//evil.example",
	"/%2e//evil.example",
	"javascript:alert(1)",
	" //evil.example",
	`/${"x".repeat(600)}`,
	`/${"ä".repeat(300)}`,
])("%j leads to /docs", (asked) => {
	expect(returnPath(asked, HOME)).toBe("/docs");
});

test("whatever is asked for, a browser stays here", () => {
	const piece = fc.constantFrom(
		"/",
		"\\",
		".",
		"..",
		"\t",
		"@",
		":",
		"evil.example",
		"%2f",
		"?",
		"#",
	);
	const asked = fc.array(fc.oneof(piece, fc.string()), { maxLength: 8 }).map((all) => all.join(""));
	fc.assert(
		fc.property(asked, (text) => {
			expect(new URL(returnPath(text, HOME), `${HOME}/sign-in/x/callback`).origin).toBe(HOME);
		}),
	);
});
