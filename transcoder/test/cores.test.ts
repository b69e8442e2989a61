import { describe, expect, test } from "vitest";
import { createCores } from "../cores.ts";

describe("the cores", () => {
	test("are all for an attempt that is alone, and shared when it is not", () => {
		const cores = createCores(8);
		const first = cores.enter();
		expect(cores.share()).toBe(8);
		const second = cores.enter();
		expect(cores.share()).toBe(4);
		first[Symbol.dispose]();
		second[Symbol.dispose]();
		expect(cores.share()).toBe(8);
	});

	test("are never less than one", () => {
		const cores = createCores(2);
		for (let attempts = 0; attempts < 5; attempts++) cores.enter();
		expect(cores.share()).toBe(1);
	});
});
