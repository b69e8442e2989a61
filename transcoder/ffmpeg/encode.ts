import { statfs } from "node:fs/promises";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { failed, type Result, succeeded } from "../job/result.ts";
import { encodeArguments } from "./arguments.ts";
import { lines } from "./lines.ts";
import { run } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

export type Encoding = {
	input: string;
	output: string;
	directory: string;
	options: ConversionOptions;
	/** How many seconds of sound have been written. */
	onProgress: (seconds: number) => void;
};

/**
 * Sound in, MP3 out. Success here only means that ffmpeg had nothing to complain about: it says so
 * of empty and truncated inputs too (verify.ts).
 */
export async function encode(
	{ input, output, directory, options, onProgress }: Encoding,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<void>> {
	const onOutput = lines((line) => {
		const [, microseconds] = /^out_time_us=(\d+)$/.exec(line) ?? [];
		if (microseconds !== undefined) onProgress(Number(microseconds) / 1_000_000);
	});
	const args = encodeArguments(input, output, options);
	const done = await run({ program: "ffmpeg", args, directory, onOutput }, toolbox, signal);
	if (!done.ok) return done;
	const { exitCode, stderr } = done.value;
	if (exitCode === 0) return succeeded(undefined);
	// ffmpeg 5 exits with 1 whatever happened; if it was not the disk, it was the input.
	const code = (await diskIsFull(directory)) ? "internal" : "corrupt_input";
	return failed(code, `ffmpeg exited with ${exitCode}: ${stderr}`);
}

async function diskIsFull(directory: string): Promise<boolean> {
	const { bavail, bsize } = await statfs(directory);
	return bavail * bsize < 1_048_576;
}
