import { join } from "node:path";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { type Encoded, type Encoding, encode } from "../ffmpeg/encode.ts";
import type { AudioStream } from "../ffmpeg/probe.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { planToFit } from "../plan/fit.ts";
import { type OutputPlan, typicalKbps } from "../plan/plan-output.ts";
import { readOutput } from "./read-output.ts";
import { failed, type Result } from "./result.ts";

export type FitWish = {
	sound: AudioStream;
	shape: Pick<ConversionOptions, "sampleRateHz" | "channels">;
	/** For the MP3 without its tag. */
	maxBytes: number;
};

/** Quiet sound takes far less than is typical: then the usual quality may fit after all. */
const QUIET_SHARE = 0.5;

/** A recording that is so much shorter than it says leaves room for better quality. */
const SHORTER = 0.95;

/**
 * As good as fits, in at most two passes. The first, at the usual quality where that has a chance,
 * is the result if it fits. If not, it has told how long the sound really is, and from that comes
 * the bitrate that fits.
 */
export async function encodeToFit(
	usual: Encoding,
	{ sound, shape, maxBytes }: FitWish,
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<Encoded>> {
	const inTime = (durationSeconds: number) =>
		planToFit(sound, shape, { maxBytes, durationSeconds });
	const { expectedSeconds } = usual;
	const isUsual = expectedSeconds === undefined || mayFit(usual.plan, expectedSeconds, maxBytes);
	const first = isUsual ? usual.plan : inTime(expectedSeconds);
	if (!first) return failed("cannot_fit", `${expectedSeconds} s into ${maxBytes} bytes`);

	const output = join(usual.directory, usual.output);
	const encoded = await encode({ ...usual, plan: first }, toolbox, signal);
	if (!encoded.ok || encoded.value.isUneven) return encoded;
	const { sizeBytes, header } = await readOutput(output);
	// Nothing has come out: why is for verify.ts to say.
	if (!header) return encoded;
	const { durationSeconds } = header;
	const isBest = isUsual || durationSeconds > SHORTER * expectedSeconds;
	if (sizeBytes <= maxBytes && isBest) return encoded;

	const second = inTime(durationSeconds);
	if (!second) return failed("cannot_fit", `${durationSeconds} s into ${maxBytes} bytes`);
	const surely = { ...usual, plan: second };
	const fitted = await encode(surely, toolbox, signal);
	if (!fitted.ok || (await readOutput(output)).sizeBytes <= maxBytes) return fitted;
	// Where two lanes meet, a frame may have needed a higher bitrate (bit-reservoir.ts).
	return encode({ ...surely, cores: 1 }, toolbox, signal);
}

function mayFit(plan: OutputPlan, durationSeconds: number, maxBytes: number): boolean {
	return (typicalKbps(plan) * QUIET_SHARE * 1000 * durationSeconds) / 8 <= maxBytes;
}
