import { type Result, succeeded } from "../job/result.ts";
import { packetArguments } from "./arguments.ts";
import { lines } from "./lines.ts";
import { run } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

/**
 * Where the packets of each stream of a file really end, in seconds of the file's own time, by
 * reading all of them. What comes after the end of an edit list is not among them.
 */
export async function packetReach(
	{ input, directory }: { input: string; directory: string },
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<ReadonlyMap<number, number>>> {
	const reach = new Map<number, number>();
	const onOutput = lines((line) => {
		const [index, start, duration] = line.split(",");
		const end = Number(start) + (Number(duration) || 0);
		if (Number.isNaN(end)) return;
		const stream = Number(index);
		reach.set(stream, Math.max(end, reach.get(stream) ?? end));
	});
	const args = packetArguments(input, toolbox.decoders);
	const done = await run({ program: "ffprobe", args, directory, onOutput }, toolbox, signal);
	return done.ok ? succeeded(reach) : done;
}
