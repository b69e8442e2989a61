import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_ATTEMPT_SECONDS, MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { PROBE_LIMITS, taskLimits } from "../ffmpeg/task-limits.ts";
import { MEDIA_LIMITS } from "../limits.ts";

const HOUR = 3_600;

describe("the limits of a task", () => {
	test("stay between an hour's and the longest recording's, whatever a file says", () => {
		const durationSeconds = fc.option(fc.double({ noNaN: true }), { nil: undefined });
		fc.assert(
			fc.property(durationSeconds, fc.nat({ max: 2 ** 40 }), (declared, sizeBytes) => {
				const limits = taskLimits({ durationSeconds: declared, sizeBytes });
				for (const name of ["cpuSeconds", "wallClockMs", "fileBytes"] as const) {
					expect(Number.isSafeInteger(limits[name])).toBe(true);
					expect(limits[name]).toBeGreaterThanOrEqual(MEDIA_LIMITS[name] / 13);
					expect(limits[name]).toBeLessThanOrEqual(MEDIA_LIMITS[name]);
				}
			}),
		);
	});

	test("grow with the recording", () => {
		const short = taskLimits({ durationSeconds: 2 * HOUR, sizeBytes: 0 });
		const long = taskLimits({ durationSeconds: 4 * HOUR, sizeBytes: 0 });
		expect(long).toEqual({
			cpuSeconds: 2 * short.cpuSeconds,
			wallClockMs: 2 * short.wallClockMs,
			fileBytes: 2 * short.fileBytes,
		});
	});

	test("of a recording that does not say how long it is are those of the longest", () => {
		const unknown = taskLimits({ durationSeconds: undefined, sizeBytes: 1_000 });
		expect(unknown).toEqual(taskLimits({ durationSeconds: MAX_DURATION_SECONDS, sizeBytes: 0 }));
	});

	test("of two hours that are declared as three seconds are those of two hours and more", () => {
		const sizeBytes = (2 * HOUR * 128_000) / 8;
		const lied = taskLimits({ durationSeconds: 3, sizeBytes });
		const honest = taskLimits({ durationSeconds: 2 * HOUR, sizeBytes: 0 });
		expect(lied.cpuSeconds).toBeGreaterThanOrEqual(honest.cpuSeconds);
		expect(lied.wallClockMs).toBeGreaterThanOrEqual(honest.wallClockMs);
		expect(lied.fileBytes).toBeGreaterThanOrEqual(honest.fileBytes);
	});

	test("hold every MP3 of the expected length", () => {
		const { fileBytes } = taskLimits({ durationSeconds: MAX_DURATION_SECONDS, sizeBytes: 0 });
		expect(fileBytes).toBeGreaterThan((MAX_DURATION_SECONDS * 320_000) / 8);
	});

	test("end before the attempt does", () => {
		const { wallClockMs } = taskLimits({ durationSeconds: undefined, sizeBytes: 0 });
		expect(wallClockMs).toBeLessThan(MAX_ATTEMPT_SECONDS * 1000);
		expect(PROBE_LIMITS.wallClockMs).toBeLessThan(wallClockMs);
	});
});
