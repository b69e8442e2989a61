import { expect, test } from "vitest";
import { coalesce } from "../storage/coalesce.ts";

test("parts are joined up to the gap, and no further", () => {
	const parts = [0, 110, 221, 331].map((offset) => ({ offset, sizeBytes: 100 }));
	expect(coalesce(parts, 10)).toEqual([
		{ offset: 0, sizeBytes: 210 },
		{ offset: 221, sizeBytes: 210 },
	]);
});

test("parts in any order, inside of each other or twice, are read once", () => {
	const parts = [
		{ offset: 500, sizeBytes: 10 },
		{ offset: 0, sizeBytes: 100 },
		{ offset: 20, sizeBytes: 30 },
		{ offset: 0, sizeBytes: 100 },
		{ offset: 90, sizeBytes: 20 },
	];
	expect(coalesce(parts, 0)).toEqual([
		{ offset: 0, sizeBytes: 110 },
		{ offset: 500, sizeBytes: 10 },
	]);
	expect(parts[0]).toEqual({ offset: 500, sizeBytes: 10 });
});

test("nothing to read is no range", () => {
	expect(coalesce([], 10)).toEqual([]);
});
