import { describe, expect, test } from "vitest";
import { CHUNKS_AHEAD, isOfChunk, laneFilters, planLanes, samplesOfAll } from "../ffmpeg/lanes.ts";
import type { Rate } from "../plan/plan-output.ts";
import { highPlan } from "./encoding.ts";
import { seeded } from "./seeded.ts";

/* Every frame of a recording is encoded by exactly one lane. */

describe("the plan", () => {
	test.for([2, 3, 4, 16])(
		"gives every frame to exactly one of %i lanes, with what comes before and after it",
		(cores) => {
			const lanes = planLanes(90, highPlan, cores) ?? expect.fail("one piece");
			expect(lanes.count).toBe(cores);
			const total = 5 * lanes.count * lanes.chunkFrames;
			const owners = Array.from({ length: total }, () => 0);
			for (let lane = 0; lane < lanes.count; lane++) {
				const heard = framesHeard(lane, lanes, total);
				for (const [index, frame] of heard.entries()) {
					if (!isOfChunk(index, lane, lanes)) continue;
					owners[frame] = (owners[frame] ?? 0) + 1;
					const before = Math.min(frame, 64);
					const after = Math.min(total - 1 - frame, 2);
					if (heard[index - before] !== frame - before) expect.fail(`no lead-in at ${frame}`);
					if (heard[index + after] !== frame + after) expect.fail(`no look-ahead at ${frame}`);
				}
			}
			expect(new Set(owners)).toEqual(new Set([1]));
		},
	);

	test.for([10, 60, 100, 600, 3600, 40_000])(
		"gives all lanes the same share of a recording of %i s, and has ten minutes of it wait at most",
		(seconds) => {
			for (const cores of [2, 3, 8, 64]) {
				const lanes = planLanes(seconds, highPlan, cores) ?? expect.fail("one piece");
				expect(lanes.count).toBeLessThanOrEqual(cores);
				const { chunkFrames, samplesPerFrame } = lanes;
				const chunkSeconds = (chunkFrames * samplesPerFrame) / 44_100;
				const waitingSeconds = CHUNKS_AHEAD * chunkSeconds * (lanes.count - 1);
				expect(chunkSeconds > 40.1 ? waitingSeconds : 0).toBeLessThan(601);
				const rounds = (seconds * 44_100) / (samplesPerFrame * chunkFrames * lanes.count);
				expect(Math.ceil(rounds) / rounds).toBeLessThan(1.05);
				// Else more would be encoded twice than once.
				expect(chunkFrames).toBeGreaterThanOrEqual(132);
			}
		},
	);

	test.for([
		[20, 1],
		[75, 1],
		[150, 2],
		[600, 2],
		[3600, 6],
	] as const)(
		"deals out a recording of %i s between two lanes in %i rounds",
		([seconds, rounds]) => {
			const lanes = planLanes(seconds, highPlan, 2) ?? expect.fail("one piece");
			expect(Math.ceil((seconds * 44_100) / 1152 / (2 * lanes.chunkFrames))).toBe(rounds);
		},
	);

	test.for([2, 3, 16])("tells by what %i lanes were given how long the recording is", (cores) => {
		const lanes = planLanes(60, highPlan, cores) ?? expect.fail("one piece");
		const { chunkFrames, samplesPerFrame } = lanes;
		const next = seeded(cores * 7919);
		// Shorter than a chunk, at and around the borders of chunks, and anywhere.
		const borders = [0, 1, 2, 3].flatMap((chunk) =>
			[-65, -64, -3, -2, -1, 0, 1, 2, 3].map((frame) => chunk * chunkFrames + frame),
		);
		const anywhere = Array.from({ length: 20 }, () => next(4 * cores * chunkFrames));
		for (const frames of [1, 2, ...borders, ...anywhere].filter((each) => each > 0)) {
			for (const shortBy of [0, 1, 700, samplesPerFrame - 1]) {
				const lastFrame = samplesPerFrame - shortBy;
				const given = Array.from({ length: lanes.count }, (_, lane) => {
					const heard = framesHeard(lane, lanes, frames);
					const whole = heard.length * samplesPerFrame;
					return heard.at(-1) === frames - 1 ? whole - samplesPerFrame + lastFrame : whole;
				});
				expect(samplesOfAll(given, lanes)).toBe((frames - 1) * samplesPerFrame + lastFrame);
			}
		}
	});

	test("leaves a short recording, and one for which there is one core, in one piece", () => {
		expect(planLanes(9, highPlan, 8)).toBeUndefined();
		expect(planLanes(3600, highPlan, 1)).toBeUndefined();
		expect(planLanes(undefined, highPlan, 1)).toBeUndefined();
	});

	test("leaves VBR in one piece that is to be better than lanes make it", () => {
		const count = (rate: Rate) => planLanes(3600, { ...highPlan, rate }, 8)?.count;
		const qualities = [0, 1, 2, 3, 4, 9];
		expect(qualities.map((quality) => count({ mode: "vbr", quality }))).toEqual([
			...[undefined, undefined],
			...[8, 8, 8, 8],
		]);
		expect(count({ mode: "cbr", bitrateKbps: 320 })).toBe(8);
	});
});

/** What the filters of a lane let through, by ffmpeg's own rules for expressions. */
function framesHeard(lane: number, lanes: Parameters<typeof laneFilters>[1], total: number) {
	const [, select = ""] = laneFilters(lane, lanes);
	const expression = select.replace("aselect=", "").replaceAll("\\,", ",");
	const functions = "const gte=(a,b)=>+(a>=b),lt=(a,b)=>+(a<b),mod=(a,b)=>a-Math.floor(a/b)*b;";
	const isHeard = new Function("n", `${functions} return ${expression}`);
	return Array.from({ length: total }, (_, n) => n).filter((n) => isHeard(n) !== 0);
}
