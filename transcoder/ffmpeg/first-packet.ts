import { type Result, succeeded } from "../job/result.ts";
import { firstPacketArguments } from "./arguments.ts";
import { lines } from "./lines.ts";
import { run } from "./run.ts";
import { limitedTo, PROBE_LIMITS } from "./task-limits.ts";
import type { Toolbox } from "./toolbox.ts";

/**
 * When a stream's first packet is to be shown, in seconds of the file's own time: where the stream
 * begins. `undefined`: it has no packet, or that no time.
 */
export async function firstPacketSeconds(
	{ input, stream }: { input: string; stream: number },
	directory: string,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<number | undefined>> {
	let first: number | undefined;
	const onOutput = lines((line) => {
		const time = Number.parseFloat(line);
		if (!Number.isNaN(time)) first ??= time;
	});
	const args = firstPacketArguments(input, stream, toolbox.decoders);
	const task = { program: "ffprobe", args, directory, onOutput } as const;
	const done = await run(task, limitedTo(PROBE_LIMITS, toolbox), signal);
	return done.ok ? succeeded(first) : done;
}
