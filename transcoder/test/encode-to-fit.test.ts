import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { encodeToFit } from "../job/encode-to-fit.ts";
import { readOutput } from "../job/read-output.ts";
import { encodingOf } from "./encoding.ts";
import { LONG_SOUND_SECONDS, longSound } from "./media.ts";
import { test } from "./toolbox-test.ts";

const never = new AbortController().signal;

const sound = {
	index: 0,
	codec: "pcm_s16le",
	profile: undefined,
	startSeconds: 0,
	durationSeconds: LONG_SOUND_SECONDS,
	sampleRateHz: 44_100,
	channels: 2,
	bitrateKbps: 1411,
	language: undefined,
};

test.for([100_000, 320_000, 1_100_000])(
	"sound that several cores encode takes at most %i bytes, and most of them",
	async (maxBytes, { directory, toolbox }) => {
		const input = await longSound("whole.wav", ["-ar", "44100"]);
		const about = { expectedSeconds: LONG_SOUND_SECONDS, cores: 3 };
		const usual = encodingOf(input, directory, about);
		const fitted = await encodeToFit(usual, { sound, shape: {}, maxBytes }, toolbox, never);
		expect(fitted).toMatchObject({ ok: true });
		const { sizeBytes, header } = await readOutput(join(directory, usual.output));
		expect(sizeBytes).toBeLessThanOrEqual(maxBytes);
		expect(sizeBytes).toBeGreaterThan(0.7 * maxBytes);
		expect(header?.durationSeconds).toBeCloseTo(LONG_SOUND_SECONDS, 6);
	},
);

test("sound that becomes larger than it may where cores share it is encoded in one piece", async ({
	directory,
	toolbox,
}) => {
	const ffmpeg = join(directory, "ffmpeg");
	// What goes to a pipe comes out at another bitrate, so that its frames need more than was meant.
	const script = `#!/bin/bash
args=("$@")
if [ "\${args[-1]}" = pipe:1 ]; then
	for at in "\${!args[@]}"; do
		if [ "\${args[at]}" = -b:a ]; then args[at+1]=64k; fi
	done
fi
exec '${toolbox.ffmpeg}' "\${args[@]}"
`;
	await writeFile(ffmpeg, script, { mode: 0o700 });
	const input = await longSound("whole.wav", ["-ar", "44100"]);
	const usual = encodingOf(input, directory, { expectedSeconds: LONG_SOUND_SECONDS, cores: 2 });
	const wish = { sound, shape: {}, maxBytes: 320_000 };
	const fitted = await encodeToFit(usual, wish, { ...toolbox, ffmpeg }, never);
	expect(fitted).toMatchObject({ ok: true, value: { plan: { rate: { mode: "cbr" } } } });
	expect((await stat(join(directory, usual.output))).size).toBeLessThanOrEqual(320_000);
});
