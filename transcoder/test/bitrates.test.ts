import { describe, expect } from "vitest";
import { bitrateKbpsOf, probeWithBitrates } from "../ffmpeg/bitrates.ts";
import { probe } from "../ffmpeg/probe.ts";
import { make, textFile } from "./media.ts";
import { test } from "./toolbox-test.ts";

const never = new AbortController().signal;

/** Noise, of which encoders use all that they are given. Matroska does not tell how much that is. */
const mkvTwoBitrates = () =>
	make("bitrates.mkv", [
		...["-f", "lavfi", "-i", "anoisesrc=d=4:r=48000", "-map", "0:a", "-map", "0:a"],
		...["-c:a", "aac", "-b:a:0", "48k", "-b:a:1", "128k"],
	]);

describe.concurrent("bitrates that a file does not tell", () => {
	test("are each sound's own, measured meanwhile or later", async ({ workshop }) => {
		const { directory, toolbox } = workshop;
		const path = await mkvTwoBitrates();
		const plain = await probe(path, directory, toolbox, never);
		const measured = await probeWithBitrates(path, directory, toolbox, never);
		if (!plain.ok || !measured.ok) throw new Error("the sample cannot be probed");
		const [low = 0, high = 0] = measured.value.sounds.map((sound) => sound.bitrateKbps);
		expect(low / 48).toBeCloseTo(1, 1);
		expect(high / 128).toBeCloseTo(1, 1);

		for (const [place, sound] of plain.value.sounds.entries()) {
			expect(sound.bitrateKbps).toBeUndefined();
			const later = await bitrateKbpsOf(sound, path, directory, toolbox, never);
			expect(later).toEqual({ ok: true, value: [low, high][place] });
		}
	});

	test("make no difference to a file that is none", async ({ workshop }) => {
		const { directory, toolbox } = workshop;
		const result = await probeWithBitrates(await textFile(), directory, toolbox, never);
		expect(result).toMatchObject({ ok: false, code: "corrupt_input" });
	});

	test("are given up with all the rest", async ({ workshop }) => {
		const { directory, toolbox } = workshop;
		const abort = new AbortController();
		const probing = probeWithBitrates(await mkvTwoBitrates(), directory, toolbox, abort.signal);
		abort.abort(new Error("enough"));
		await expect(probing).rejects.toThrow("enough");
	});
});
