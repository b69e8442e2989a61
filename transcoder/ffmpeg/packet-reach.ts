import { type Result, succeeded } from "../job/result.ts";
import { packetArguments } from "./arguments.ts";
import { lines } from "./lines.ts";
import { run } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

/**
 * Where the packets of a file really end, in seconds, by reading all of them: of one stream, or of
 * whichever stream goes on longest.
 */
export async function packetReach(
	{ input, directory, stream }: { input: string; directory: string; stream: number | "any" },
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<number>> {
	let reach = Number.NEGATIVE_INFINITY;
	const onOutput = lines((line) => {
		const [index, start, duration] = line.split(",");
		if (stream !== "any" && Number(index) !== stream) return;
		const end = Number(start) + (Number(duration) || 0);
		if (end > reach) reach = end;
	});
	const args = packetArguments(input, toolbox.decoders);
	const done = await run({ program: "ffprobe", args, directory, onOutput }, toolbox, signal);
	return done.ok ? succeeded(reach) : done;
}
