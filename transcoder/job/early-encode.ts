import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { bitrateKbpsOf, probeWithBitrates } from "../ffmpeg/bitrates.ts";
import { type Encoded, type Encoding, encode } from "../ffmpeg/encode.ts";
import { DECLARED_LENGTH, STREAMED_CONTAINERS } from "../ffmpeg/formats.ts";
import { type MediaFile, probe } from "../ffmpeg/probe.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { EARLY_FROM_BYTES } from "../limits.ts";
import type { Log } from "../log.ts";
import { chooseSound } from "../plan/choose-sound.ts";
import type { GrowingFile } from "../storage/growing-file.ts";
import { isCopy, type Mp3Order, planEncoding } from "./make-mp3.ts";
import { readOutput } from "./read-output.ts";

/** Containers round their lengths, and decoders lose a frame here or there. */
const TOLERANCE_SECONDS = 0.5;

/**
 * Encoding that begins while the source is still being fetched, with what its start tells. It
 * decides nothing: when all that is fetched is there, it is planned again, and what was encoded
 * early counts only if that plan is the same. Whatever is not exactly as expected is no error but a
 * reason to encode in the ordinary way.
 */
export type EarlyEncode = AsyncDisposable & {
	/** What its start tells. Of a sound alone that is all there is: its index comes first. */
	media: () => Promise<MediaFile | undefined>;
	/** What has been encoded, if it is just this. */
	resultFor: (wanted: Encoding) => Promise<Encoded | undefined>;
};

export type EarlySource = {
	growing: GrowingFile;
	/** Its name in the directory, and its size when it is whole. */
	name: string;
	sizeBytes: number;
	options: ConversionOptions;
} & Pick<Mp3Order, "output" | "directory" | "cores">;

export function encodeEarly(
	source: EarlySource,
	{ toolbox, log }: { toolbox: Toolbox; log: Log },
	signal: AbortSignal,
): EarlyEncode {
	const stop = new AbortController();
	const either = AbortSignal.any([signal, stop.signal]);
	let onProgress = (_seconds: number) => {};
	const looked = lookEarly(source, toolbox, either);
	const encoding = looked.then((look) => look && planEarly(source, look, toolbox, either));
	const encoded = encoding.then(async (planned) => {
		if (!planned) return undefined;
		const progress = (seconds: number) => onProgress(seconds);
		const done = await encode({ ...planned, onProgress: progress }, toolbox, either);
		return done.ok ? done.value : undefined;
	});
	const settled = encoded.catch(() => undefined);
	const useOf = async (wanted: Encoding): Promise<Encoded | string | undefined> => {
		const early = await encoding.catch(() => undefined);
		if (!early) return undefined;
		if (!isSame(early, wanted)) return "planned otherwise";
		onProgress = wanted.onProgress;
		const done = await settled;
		if (!done) return "failed";
		return (await isShort(wanted)) ? "shorter than it should be" : done;
	};
	const end = async () => {
		stop.abort(new Error("not needed any more"));
		await settled;
	};
	return {
		media: () =>
			looked.then(
				(look) => look?.media,
				() => undefined,
			),
		resultFor: async (wanted) => {
			const use = await useOf(wanted);
			if (typeof use === "object") {
				log.info("encoded_early");
				return use;
			}
			if (use) log.info("early_encode_discarded", { reason: use });
			// It writes to the same file.
			await end();
			return undefined;
		},
		[Symbol.asyncDispose]: end,
	};
}

type Look = { media: MediaFile; isSoundAlone: boolean };

/** `undefined`: its start is not worth a look, or tells nothing. */
async function lookEarly(
	{ growing, name, sizeBytes, directory }: EarlySource,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Look | undefined> {
	const { isSoundAlone } = await growing.head(signal);
	if (!isSoundAlone && sizeBytes < EARLY_FROM_BYTES) return undefined;
	const look = isSoundAlone ? probe : probeWithBitrates;
	const probed = await look(name, directory, toolbox, signal);
	return probed.ok ? { media: probed.value, isSoundAlone } : undefined;
}

/** `undefined`: this source is none for it. */
async function planEarly(
	{ growing, name, options, ...order }: EarlySource,
	{ media, isSoundAlone }: Look,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Encoding | undefined> {
	// Both take a second look at the sound before it is encoded.
	const isTwofold = options.loudnessLufs !== undefined || options.fitBytes !== undefined;
	if (isTwofold || !STREAMED_CONTAINERS.has(media.container)) return undefined;
	const chosen = chooseSound(media, isSoundAlone ? 0 : options.track);
	if (!chosen.ok) return undefined;
	const { index } = chosen.value;
	const local = { input: name, soundIndex: index };
	const bitrate = await bitrateKbpsOf(chosen.value, name, order.directory, toolbox, signal);
	if (!bitrate.ok) return undefined;

	const sound = { ...chosen.value, bitrateKbps: bitrate.value };
	const early: Mp3Order = {
		...order,
		placed: { media, sound, isSoundAlone },
		options,
		input: { ...local, feed: () => growing.read(signal) },
		tagBytes: 0,
		onProgress: () => {},
	};
	if (isCopy(early)) return undefined;
	const planned = planEncoding(early);
	// Where a container does not say how long it is, ffprobe has guessed by what is there so far.
	return DECLARED_LENGTH[media.container] ? planned : { ...planned, expectedSeconds: undefined };
}

/** Whether all is the same that decides what comes out. */
function isSame(early: Encoding, late: Encoding): boolean {
	const what = ({ sound, plan, treatment, output }: Encoding) => ({
		soundIndex: sound.soundIndex,
		plan,
		treatment,
		output,
	});
	return isDeepStrictEqual(what(early), what(late));
}

/**
 * ffmpeg exits with 0 when it could not go on for want of going back in its input. What really ends
 * sooner than it says, is encoded once more, and then judged as always (verify.ts).
 */
async function isShort({ directory, output, expectedSeconds }: Encoding): Promise<boolean> {
	const { header } = await readOutput(join(directory, output));
	const durationSeconds = header?.durationSeconds ?? 0;
	return durationSeconds === 0 || durationSeconds < (expectedSeconds ?? 0) - TOLERANCE_SECONDS;
}
