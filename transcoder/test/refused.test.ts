import { describe, expect, test } from "vitest";
import { refused } from "../storage/refused.ts";

const signedAt = (date: string, expires: string) =>
	`https://storage.example/videos/a?X-Amz-Date=${date}&X-Amz-Expires=${expires}&X-Amz-Signature=0`;
const answeredAt = (date: string) => new Headers({ date: new Date(date).toUTCString() });
const code = (...refusal: Parameters<typeof refused>) => refused(...refusal).code;

describe("a refusal by storage", () => {
	const url = signedAt("20991231T235930Z", "60");

	test("is for an expired URL from the very second on, by storage's clock", () => {
		expect(code(url, answeredAt("2100-01-01T00:00:29Z"), "")).toBe("storage_unavailable");
		expect(code(url, answeredAt("2100-01-01T00:00:30Z"), "")).toBe("urls_expired");
	});

	test("is for an expired URL by our clock only where storage tells no time", () => {
		const past = signedAt("20260101T000000Z", "60");
		expect(code(past, undefined, "")).toBe("urls_expired");
		expect(code(past, new Headers(), "")).toBe("urls_expired");
		expect(code(past, new Headers({ date: "soon" }), "")).toBe("urls_expired");
		expect(code(past, answeredAt("2026-01-01T00:00:10Z"), "")).toBe("storage_unavailable");
		expect(code(url, undefined, "")).toBe("storage_unavailable");
	});

	test.for([
		"https://storage.example/videos/a",
		"https://storage.example/videos/a?X-Amz-Date=20260101T000000Z",
		"https://storage.example/videos/a?X-Amz-Expires=60",
		signedAt("yesterday", "60"),
		signedAt("20260101T000000Z", "a minute"),
	])("has another reason where the URL does not say when it expires: %s", (silent) => {
		expect(code(silent, undefined, "")).toBe("storage_unavailable");
	});
});
