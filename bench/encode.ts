import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { encode } from "../transcoder/ffmpeg/encode.ts";
import { probe } from "../transcoder/ffmpeg/probe.ts";
import { openToolbox } from "../transcoder/ffmpeg/toolbox.ts";
import { planOutput } from "../transcoder/plan/plan-output.ts";
import { inTurn, report, seconds } from "./in-turn.ts";

/*
 * `npm run bench:encode`: the transcoder's encode on all cores against plain ffmpeg, both from a
 * local file. `-- --minutes 60 --runs 5` for other lengths and more runs.
 */

const { values } = parseArgs({
	options: {
		minutes: { type: "string", default: "10" },
		runs: { type: "string", default: "5" },
	},
});

const directory = await mkdtemp(join(tmpdir(), "earshot-bench-"));
const signal = new AbortController().signal;
try {
	const opened = await openToolbox({ ffmpeg: "ffmpeg", ffprobe: undefined }, process.env["PATH"]);
	if (!opened.ok) throw new Error(opened.problem);
	const { toolbox } = opened;
	const input = join(directory, "sound.m4a");
	await makeSound(input, Number(values.minutes) * 60);
	const probed = await probe(input, directory, toolbox, signal);
	const [audio] = probed.ok ? probed.value.sounds : [];
	if (!audio) throw new Error("the sample cannot be probed");

	const [ours, theirs] = [join(directory, "ours.mp3"), join(directory, "theirs.mp3")];
	const cores = availableParallelism();
	const shared = () =>
		seconds(async () => {
			await rm(ours, { force: true });
			const encoding = {
				sound: { input, soundIndex: audio.index },
				output: "ours.mp3",
				directory,
				treatment: {
					silenceBeforeSeconds: 0,
					startSeconds: 0,
					endSeconds: undefined,
					loudness: undefined,
				},
				plan: planOutput(audio, { quality: "high" }),
				expectedSeconds: audio.durationSeconds,
				cores,
				onProgress: () => {},
			};
			await encode(encoding, toolbox, signal);
		});
	const plain = () =>
		seconds(() => {
			const args = [
				"-v",
				"error",
				"-y",
				"-i",
				input,
				"-vn",
				"-c:a",
				"libmp3lame",
				"-q:a",
				"2",
				theirs,
			];
			return promisify(execFile)("ffmpeg", args);
		});
	report(
		`earshot, ${cores} cores`,
		"ffmpeg -q:a 2",
		await inTurn(Number(values.runs), shared, plain),
	);
	const ratio = (await stat(ours)).size / (await stat(theirs)).size;
	console.log(`  size ratio ${ratio.toFixed(4)}`);
} finally {
	await rm(directory, { recursive: true, force: true });
}

/** Chords with vibrato and percussion, in stereo, as AAC. */
async function makeSound(path: string, durationSeconds: number): Promise<void> {
	const side = (hz: number, beat: number, seed: number) =>
		`0.3*sin(2*PI*${hz}*t+2*sin(2*PI*5*t))*(0.6+0.4*sin(2*PI*1.5*t))+0.1*random(${seed})*exp(-8*mod(t,${beat}))`;
	const source = `aevalsrc='${side(220, 0.37, 0)}|${side(331, 0.53, 1)}':s=44100:d=60`;
	const minute = `${path}.wav`;
	const run = (args: string[]) => promisify(execFile)("ffmpeg", ["-v", "error", "-y", ...args]);
	await run(["-f", "lavfi", "-i", source, minute]);
	const loops = String(Math.ceil(durationSeconds / 60) - 1);
	const length = ["-t", String(durationSeconds)];
	await run(["-stream_loop", loops, "-i", minute, ...length, "-c:a", "aac", "-b:a", "160k", path]);
}
