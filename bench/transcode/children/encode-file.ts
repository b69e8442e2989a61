import { once } from "node:events";
import { availableParallelism } from "node:os";
import { encode } from "../../../transcoder/ffmpeg/encode.ts";
import { probe } from "../../../transcoder/ffmpeg/probe.ts";
import { openToolbox } from "../../../transcoder/ffmpeg/toolbox.ts";
import { planOutput } from "../../../transcoder/plan/plan-output.ts";
import { silenceBeforeSeconds } from "../../../transcoder/plan/timeline.ts";

/*
 * `node encode-file.ts INPUT DIRECTORY`, with an IPC channel: the transcoder's encode alone, from a
 * local file to `output.mp3` in a directory. It says when it has looked the file over, waits to be
 * told to go, and says when it has finished. Of the bench, this file alone knows how an encode is
 * asked for.
 */

const [input = "", directory = ""] = process.argv.slice(2);
const signal = new AbortController().signal;

const { FFMPEG_PATH = "ffmpeg", FFPROBE_PATH, PATH } = process.env;
const opened = await openToolbox({ ffmpeg: FFMPEG_PATH, ffprobe: FFPROBE_PATH }, PATH);
if (!opened.ok) throw new Error(opened.problem);
const { toolbox } = opened;
const probed = await probe(input, directory, toolbox, signal);
const [sound] = probed.ok ? probed.value.sounds : [];
if (!probed.ok || !sound) throw new Error("the sample cannot be probed");
const placed = { media: probed.value, sound, isSoundAlone: false };

const told = once(process, "message");
process.send?.("ready");
await told;
const encoded = await encode(
	{
		sound: { input, soundIndex: sound.index },
		output: "output.mp3",
		directory,
		treatment: {
			sourceRateHz: sound.sampleRateHz,
			isRawFloat: false,
			silenceBeforeSeconds: silenceBeforeSeconds(placed),
			fillGaps: true,
			startSeconds: 0,
			endSeconds: undefined,
			loudness: undefined,
		},
		plan: planOutput(sound, { quality: "high" }),
		expectedSeconds: sound.durationSeconds ?? probed.value.durationSeconds,
		cores: availableParallelism(),
		onProgress: () => {},
	},
	toolbox,
	signal,
);
if (!encoded.ok) throw new Error(encoded.detail);
const mayEnd = once(process, "message");
process.send?.("finished");
// Until it has been asked how much CPU time it took.
await mayEnd;
process.disconnect();
