import { expect, test } from "vitest";
import { coalesce } from "../storage/coalesce.ts";

test("parts are joined up to the gap, and no further", () => {
	const parts = [0, 110, 221, 331].map((offset) => ({ offset, sizeBytes: 100 }));
	expect(coalesce(parts, 10)).toEqual([
		{ offset: 0, sizeBytes: 210 },
		{ offset: 221, sizeBytes: 210 },
	]);
	expect(parts[0]).toEqual({ offset: 0, sizeBytes: 100 });
});

test("nothing to read is no range", () => {
	expect(coalesce([], 10)).toEqual([]);
});
