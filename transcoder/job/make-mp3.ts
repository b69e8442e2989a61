import { join } from "node:path";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import type { OutputFacts } from "#contracts/conversion-outcome.ts";
import type { SoundInput } from "../ffmpeg/arguments.ts";
import { copyMp3 } from "../ffmpeg/copy-mp3.ts";
import { type Encoding, encode } from "../ffmpeg/encode.ts";
import { evenOut } from "../ffmpeg/even-out.ts";
import { changeLoudness, measureLoudness } from "../ffmpeg/loudness.ts";
import type { AudioStream } from "../ffmpeg/probe.ts";
import { soundFilters, type Treatment } from "../ffmpeg/sound-filters.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { type InfoHeader, meanKbpsOf } from "../mp3/info-header.ts";
import { canCopy } from "../plan/can-copy.ts";
import { planOutput } from "../plan/plan-output.ts";
import {
	mayHaveGaps,
	type Placed,
	silenceBeforeSeconds,
	soundBeginsSeconds,
	soundEarlySeconds,
	timelineBeginsSeconds,
} from "../plan/timeline.ts";
import type { EarlyEncode } from "./early-encode.ts";
import { encodeToFit } from "./encode-to-fit.ts";
import { readOutput } from "./read-output.ts";
import { type Result, succeeded } from "./result.ts";
import { verifyOutput } from "./verify.ts";

export type Mp3Order = {
	placed: Placed;
	options: ConversionOptions;
	input: SoundInput;
	output: string;
	directory: string;
	/** Cores that may be kept busy. */
	cores: number;
	/** What will be put before the MP3. */
	tagBytes: number;
	/** So many seconds of sound are done, of so many that are expected. */
	onProgress: (seconds: number, expectedSeconds: number | undefined) => void;
	/** What may have been encoded before. */
	early?: EarlyEncode;
};

export type Mp3Made = { header: InfoHeader } & Pick<
	OutputFacts,
	"encoding" | "cappedToSource" | "peakDbfs" | "loudnessLufs"
>;

/** From a sound in a local file to a whole, verified MP3 beside it, as the owner wants it. */
export async function makeMp3(
	order: Mp3Order,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Mp3Made>> {
	const { placed, options, input, output, directory } = order;
	const tried = isCopy(order)
		? await copy(order, toolbox, signal)
		: succeeded({ copied: undefined, sound: placed.sound });
	if (!tried.ok) return tried;
	const { copied, sound } = tried.value;
	const made = copied
		? succeeded(copied)
		: await encodeAsAsked({ ...order, placed: { ...placed, sound } }, toolbox, signal);
	if (!made.ok) return made;

	const verified = await verifyOutput(
		{
			directory,
			source: input.input,
			output,
			isCopy: made.value.encoding === "copy",
			media: placed.media,
			sound: placed.sound,
			cut: cutOf(options),
			timelineBeginsSeconds: timelineBeginsSeconds(placed),
		},
		toolbox,
		signal,
	);
	return verified.ok ? succeeded({ ...made.value, header: verified.value }) : verified;
}

/** Whether nothing is to be encoded, as far as the source tells. */
export function isCopy({ placed, options }: Mp3Order): boolean {
	const { media, sound } = placed;
	const beginsSeconds = soundBeginsSeconds(placed);
	const durationSeconds = sound.durationSeconds ?? media.durationSeconds;
	return canCopy({ sound, beginsSeconds, durationSeconds, options });
}

type Tried = {
	/** `undefined`: a copy would not be the sound as it is heard in the video, or not as asked. */
	copied: Omit<Mp3Made, "header"> | undefined;
	/** With what is known of it now. */
	sound: AudioStream;
};

async function copy(
	order: Mp3Order,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Tried>> {
	// It writes to the same file.
	await order.early?.[Symbol.asyncDispose]();
	const { input, output, directory, options, placed, tagBytes } = order;
	const expected = expectedSeconds(placed, options);
	const onProgress = (seconds: number) => order.onProgress(seconds, expected);
	const earlySamples = Math.round(soundEarlySeconds(placed) * (placed.sound.sampleRateHz ?? 0));
	const hasTimes = mayHaveGaps(placed);
	const copied = await copyMp3(
		{ sound: input, output, directory, earlySamples, hasTimes, onProgress },
		toolbox,
		signal,
	);
	if (!copied.ok) return copied;
	if (!copied.value) return succeeded({ copied: undefined, sound: placed.sound });
	const { fitBytes = Number.POSITIVE_INFINITY } = options;
	const { sizeBytes, header } = await readOutput(join(directory, output));
	// Now it is known how large it is, and of what bitrate.
	const bitrateKbps = header && meanKbpsOf(header);
	const sound = { ...placed.sound, bitrateKbps };
	const isAsAsked = isCopy({ ...order, placed: { ...placed, sound } });
	if (!isAsAsked || tagBytes + sizeBytes > fitBytes) return succeeded({ copied: undefined, sound });
	const cappedToSource = (options.bitrateKbps ?? 0) > (bitrateKbps ?? 0);
	return succeeded({ copied: { encoding: "copy", cappedToSource }, sound });
}

async function encodeAsAsked(
	order: Mp3Order,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Omit<Mp3Made, "header">>> {
	const { input, directory } = order;
	const encoding = planEncoding(order);
	const made = await encodeTreated(order, encoding, toolbox, signal);
	if (!made.ok) return made;
	if (made.value) return succeeded(made.value);

	const even = await evenOut({ sound: input, shape: encoding.plan, directory }, toolbox, signal);
	if (!even.ok) return even;
	const { input: sound, startsSeconds } = even.value;
	const silenceBeforeSeconds = encoding.treatment.silenceBeforeSeconds + startsSeconds;
	const sourceRateHz = encoding.plan.sampleRateHz;
	const treatment = { ...encoding.treatment, sourceRateHz, silenceBeforeSeconds };
	const { early: _spent, ...later } = order;
	const again = await encodeTreated(later, { ...encoding, sound, treatment }, toolbox, signal);
	if (!again.ok) return again;
	if (!again.value) throw new Error("sound that has been evened out is uneven");
	return succeeded(again.value);
}

/** `undefined`: the sound is uneven, and has to be evened out first. */
async function encodeTreated(
	order: Mp3Order,
	plain: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Omit<Mp3Made, "header"> | undefined>> {
	const { placed, options, tagBytes, early } = order;
	const treated = await makeLouder(plain, options.loudnessLufs, toolbox, signal);
	if (!treated.ok) return treated;
	const treatment = treated.value;
	const encoding: Encoding = { ...plain, treatment };
	const { fitBytes } = options;
	const wish = { sound: placed.sound, shape: options, maxBytes: (fitBytes ?? 0) - tagBytes };
	const before = await early?.resultFor(encoding);
	signal.throwIfAborted();
	const encoded = before
		? succeeded(before)
		: fitBytes === undefined
			? await encode(encoding, toolbox, signal)
			: await encodeToFit(encoding, wish, toolbox, signal);
	if (!encoded.ok) return encoded;
	const { peakDbfs, plan: used, isUneven } = encoded.value;
	if (isUneven) return succeeded(undefined);
	const heard = await loudnessOf(order, treatment, toolbox, signal);
	if (!heard.ok) return heard;
	return succeeded({
		encoding: used.rate.mode,
		cappedToSource: used.cappedToSource,
		...(peakDbfs !== undefined && { peakDbfs }),
		...(heard.value !== undefined && { loudnessLufs: heard.value }),
	});
}

/** What is encoded and how, as long as nothing is known of its loudness. */
export function planEncoding(order: Mp3Order): Encoding {
	const { placed, options, input: sound, output, directory, cores } = order;
	const expected = expectedSeconds(placed, options);
	return {
		sound,
		output,
		directory,
		treatment: {
			sourceRateHz: placed.sound.sampleRateHz,
			isRawFloat: placed.sound.codec.startsWith("pcm_f"),
			silenceBeforeSeconds: silenceBeforeSeconds(placed),
			fillGaps: mayHaveGaps(placed),
			...cutOf(options),
			loudness: undefined,
		},
		plan: planOutput(placed.sound, options),
		expectedSeconds: expected,
		cores,
		onProgress: (seconds) => order.onProgress(seconds, expected),
	};
}

/** The first of loudness's two passes, if there is a loudness to reach. */
async function makeLouder(
	{ sound, directory, treatment: plain, plan }: Encoding,
	target: number | undefined,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Treatment>> {
	if (target === undefined) return succeeded(plain);
	const filters = soundFilters(plain, plan);
	const measured = await measureLoudness({ sound, filters, directory }, toolbox, signal);
	if (!measured.ok) return measured;
	if (!measured.value) return succeeded(plain);
	return succeeded({ ...plain, loudness: changeLoudness(measured.value, target) });
}

/** How loud it has become: after a plain gain by adding, after limiting by listening. */
async function loudnessOf(
	{ output: input, directory }: Mp3Order,
	{ loudness }: Treatment,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<number | undefined>> {
	if (!loudness) return succeeded(undefined);
	if (loudness.type === "gain") {
		// Both are measured to a tenth.
		return succeeded(Number((loudness.measured.integratedLufs + loudness.gainDb).toFixed(1)));
	}
	const sound = { input, soundIndex: 0 };
	const heard = await measureLoudness({ sound, filters: [], directory }, toolbox, signal);
	return heard.ok ? succeeded(heard.value?.integratedLufs) : heard;
}

function cutOf({ startSeconds = 0, endSeconds }: ConversionOptions) {
	return { startSeconds, endSeconds };
}

/** By the source's own account. `undefined`: it has none. */
function expectedSeconds(placed: Placed, options: ConversionOptions): number | undefined {
	const { media, sound } = placed;
	const { startSeconds, endSeconds = Number.POSITIVE_INFINITY } = cutOf(options);
	const ends =
		sound.durationSeconds === undefined
			? media.durationSeconds
			: soundBeginsSeconds(placed) + sound.durationSeconds;
	return ends === undefined ? undefined : Math.max(0, Math.min(ends, endSeconds) - startSeconds);
}
