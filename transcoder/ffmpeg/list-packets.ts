import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { type Result, succeeded } from "../job/result.ts";
import { listPacketsArguments, type SoundInput } from "./arguments.ts";
import { lines } from "./lines.ts";
import { run } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

/** What a container tells of the packets of an MP3 sound, each of which is a frame. */
export type PacketList = {
	/** When each begins, in the file's own time; `NaN`: the container does not say. */
	seconds: number[];
	/** Decoded samples that are not to be heard: so many from the start on, edit lists included… */
	skippedSamples: number;
	/** …and so many at the end of each packet, from the first on that has any. */
	discardedSamples: number[];
};

/** Of the highest sample rate that MP3 has, and more than twelve hours need. */
const MOST_PACKETS = Math.ceil((MAX_DURATION_SECONDS * 48_000) / 1152) + 2;

/** Packets beyond the longest duration are not listed. */
export async function listPackets(
	{ sound, directory }: { sound: SoundInput; directory: string },
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<PacketList>> {
	const list: PacketList = { seconds: [], skippedSamples: 0, discardedSamples: [] };
	const onOutput = lines((line) => {
		const [, time = ""] = /(?:^|\|)pts_time=([^|]*)/.exec(line) ?? [];
		if (time === "" || list.seconds.length >= MOST_PACKETS) return;
		if (list.seconds.length === 0) {
			list.skippedSamples = samplesIn(line, /\|skip_samples=(\d+)/);
		}
		const discarded = samplesIn(line, /\|discard_padding=(\d+)/);
		if (discarded > 0 || list.discardedSamples.length > 0) list.discardedSamples.push(discarded);
		list.seconds.push(Number.parseFloat(time));
	});
	const args = listPacketsArguments(sound, toolbox.decoders);
	const done = await run({ program: "ffprobe", args, directory, onOutput }, toolbox, signal);
	return done.ok ? succeeded(list) : done;
}

function samplesIn(line: string, pattern: RegExp): number {
	return Number(pattern.exec(line)?.[1] ?? 0);
}
