import { open } from "node:fs/promises";
import { join } from "node:path";
import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { type Failure, failed, type Result, succeeded } from "../job/result.ts";
import { CopiedMp3, NotCopied } from "../mp3/copied-mp3.ts";
import { cutFrames, FrameCutShort, NoFrame } from "../mp3/cut-frames.ts";
import { copyArguments, type SoundInput } from "./arguments.ts";
import { listPackets, type PacketList } from "./list-packets.ts";
import { runEncoder } from "./run-encoder.ts";
import type { Toolbox } from "./toolbox.ts";

export type Copying = {
	sound: SoundInput;
	output: string;
	directory: string;
	/** Samples of the sound that come before its video begins. */
	earlySamples: number;
	/** Whether the container's times tell of pauses in the sound. */
	hasTimes: boolean;
	/** How many seconds of sound have been written. */
	onProgress: (seconds: number) => void;
};

/**
 * From so much on, a difference between the times and the sound is a gap, which has to become
 * silence: as for `aresample` (sound-filters.ts).
 */
const GAP_SECONDS = 0.1;

/** Copying has come to an end before the sound has, with this as its result. */
class Stopped extends Error {
	readonly failure: Failure;
	constructor(failure: Failure) {
		super(failure.detail);
		this.failure = failure;
	}
}

/**
 * MP3 in, the same MP3 out: its frames, byte by byte, behind a header of our own. ffmpeg's own way
 * to write a header tells a wrong delay where the container has none, and players lose the start.
 * Answers whether the copy is what is heard of the source: `false` if what is there is not MP3 all
 * through, changes on the way, pauses, or has more to be left out than an MP3 can tell.
 */
export async function copyMp3(
	copying: Copying,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<boolean>> {
	const { sound, output, directory, earlySamples, hasTimes } = copying;
	const listed = await listPackets({ sound, directory }, toolbox, signal);
	if (!listed.ok) return listed;
	const packets = listed.value;

	await using file = await open(join(directory, output), "w");
	const mp3 = new CopiedMp3(file, {
		startSamples: earlySamples + packets.skippedSamples,
		endSamples: packets.discardedSamples.reduce((sum, samples) => sum + samples, 0),
	});
	const read = await readInto(mp3, copying, toolbox, signal);
	if (!read.ok || !read.value) return read;
	const isFaithful = isAsListed(mp3, packets) && !(hasTimes && hasGaps(mp3, packets));
	if (isFaithful) await mp3.end();
	return succeeded(isFaithful);
}

/** `false`: these frames make no MP3. */
async function readInto(
	mp3: CopiedMp3,
	{ sound, directory, onProgress }: Copying,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<boolean>> {
	const readOutput = async (bytes: AsyncIterable<Buffer>) => {
		try {
			for await (const frames of cutFrames(bytes)) {
				await mp3.add(frames);
				const seconds = mp3.frames * mp3.frameSeconds;
				if (seconds > MAX_DURATION_SECONDS) {
					throw new Stopped(failed("too_long", "the MP3 goes on after the longest duration"));
				}
				if (mp3.writtenBytes > toolbox.limits.fileBytes) {
					throw new Stopped(failed("too_large", "the MP3 is too large"));
				}
				onProgress(seconds);
			}
		} catch (error) {
			// Recordings end like this; players play what comes before.
			if (!(error instanceof FrameCutShort)) throw error;
		}
	};
	try {
		const args = copyArguments(sound);
		const done = await runEncoder({ args, directory, readOutput }, toolbox, signal);
		return done.ok ? succeeded(true) : done;
	} catch (error) {
		if (error instanceof Stopped) return error.failure;
		if (error instanceof NoFrame || error instanceof NotCopied) return succeeded(false);
		throw error;
	}
}

/**
 * Whether the packets were frames, one each, and what is not to be heard of them lies at their end:
 * a part of one, and all that follow. The last packet may be a frame that was cut short.
 */
function isAsListed(mp3: CopiedMp3, { seconds, discardedSamples }: PacketList): boolean {
	const cutShort = seconds.length - mp3.frames;
	if (mp3.frames === 0 || cutShort < 0 || cutShort > 1) return false;
	const [, ...later] = discardedSamples;
	return (
		later.every((samples) => samples === mp3.samplesPerFrame) &&
		(cutShort === 0 || discardedSamples.length === 0)
	);
}

/** Whether by their times there is more between two frames than sound, or less. */
function hasGaps({ frameSeconds }: CopiedMp3, { seconds }: PacketList): boolean {
	let begins: number | undefined;
	return seconds.some((time, index) => {
		if (Number.isNaN(time)) return false;
		const beginning = time - index * frameSeconds;
		begins ??= beginning;
		return Math.abs(beginning - begins) >= GAP_SECONDS;
	});
}
