import { statfs } from "node:fs/promises";
import { failed, type Result, succeeded } from "../job/result.ts";
import { run, type Task } from "./run.ts";
import type { Toolbox } from "./toolbox.ts";

/** What ffmpeg's `volumedetect` tells of the sound, where the command line has it. */
export type Measured = {
	/** The highest sample, in dB below full scale. */
	peakDbfs: number | undefined;
	/** Of all channels together. */
	samples: number | undefined;
	/** The sound changes its rate or its channels: all the above is of a part of it. */
	isUneven: boolean;
};

/** Without `program` and `onInfo`, which are the encoder's own affair. */
type Encoder = Omit<Task, "program" | "onInfo">;

/**
 * Success here only means that ffmpeg had nothing to complain about: it says so of empty and
 * truncated inputs too (verify.ts).
 */
export async function runEncoder(
	encoder: Encoder,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Measured>> {
	const measured: Measured = { peakDbfs: undefined, samples: undefined, isUneven: false };
	let tellings = 0;
	const onInfo = (line: string) => {
		const [, name, value] = /^(max_volume|n_samples): (-?[\d.]+)(?: dB)?$/.exec(line) ?? [];
		if (name === "max_volume") measured.peakDbfs = Number(value);
		if (name === "n_samples") {
			measured.samples = Number(value);
			tellings += 1;
		}
	};
	const done = await run({ program: "ffmpeg", ...encoder, onInfo }, toolbox, signal);
	if (!done.ok) return done;
	// Whatever became of it.
	if (tellings > 1) return succeeded({ ...measured, isUneven: true });
	const { exitCode, stderr } = done.value;
	if (exitCode === 0) return succeeded(measured);
	// ffmpeg 5 exits with 1 whatever happened; if it was not the disk, it was the input.
	const code = (await diskIsFull(encoder.directory)) ? "internal" : "corrupt_input";
	return failed(code, `ffmpeg exited with ${exitCode}: ${stderr}`);
}

async function diskIsFull(directory: string): Promise<boolean> {
	const { bavail, bsize } = await statfs(directory);
	return bavail * bsize < 1_048_576;
}
