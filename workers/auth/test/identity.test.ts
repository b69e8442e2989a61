import { expect, test } from "vitest";
import { nameOf, verifiedAddress } from "../sign-in/identity.ts";

test.each([
	[" Ada@Example.COM ", "ada@example.com"],
	["\u212Aay@example.com", null],
	["ada@example.com\r\nBcc: eve@example.com", null],
	[`${"a".repeat(250)}@example.com`, null],
	["ada", null],
	[undefined, null],
	[["ada@example.com"], null],
])("the address %j is taken as %j, if it is verified", (email, taken) => {
	expect(verifiedAddress(email, true)).toBe(taken);
	expect(verifiedAddress(email, false)).toBeNull();
});

test.each([
	[["Ada"], "Ada"],
	[[undefined, null, "  ", 7, "ada"], "ada"],
	[["Ada\r\nSubject: free money"], "Ada Subject: free money"],
	[["\n"], "Somebody"],
	[["🎧".repeat(150)], "🎧".repeat(100)],
	[[], "Somebody"],
])("of the names %j, %s is taken", (candidates, name) => {
	expect(nameOf(...candidates)).toBe(name);
});
