import { failed, type Result, succeeded } from "../job/result.ts";
import { MEDIA_LIMITS } from "../limits.ts";
import { evenArguments, type SoundInput } from "./arguments.ts";
import { probe } from "./probe.ts";
import { run } from "./run.ts";
import { type Shape, shapeFilters } from "./sound-filters.ts";
import type { Toolbox } from "./toolbox.ts";

/** Ours, in the job's directory. */
const EVEN = "even.mka";

export type EvenSound = {
	input: SoundInput;
	/** How long after ffmpeg's zero of the source it begins; ffmpeg's zero of this file is there. */
	startsSeconds: number;
};

/**
 * A sound that changes its sample rate or its channels on the way (broadcasts do, between a film and
 * the advertisements), as one that does not. At each change ffmpeg builds its filters anew, and
 * those that count samples or look at what came before begin again: so this is done by filters that
 * do neither, and the others work on what comes out. It takes disk space: three hours of stereo are
 * the most that MEDIA_LIMITS lets through.
 */
export async function evenOut(
	{ sound, shape, directory }: { sound: SoundInput; shape: Shape; directory: string },
	toolbox: Toolbox,
	signal: AbortSignal,
): Promise<Result<EvenSound>> {
	const args = evenArguments(sound, EVEN, shapeFilters(shape));
	// Nothing is compressed, so an MP3's limit is not for this file.
	const limits = { ...toolbox.limits, fileBytes: MEDIA_LIMITS.fileBytes };
	const task = { program: "ffmpeg", args, directory } as const;
	const done = await run(task, { ...toolbox, limits }, signal);
	if (!done.ok) return done;
	const { exitCode, stderr } = done.value;
	if (exitCode !== 0) return failed("corrupt_input", `ffmpeg exited with ${exitCode}: ${stderr}`);
	const even = await probe(EVEN, directory, toolbox, signal);
	if (!even.ok) return even;
	return succeeded({
		input: { input: EVEN, soundIndex: 0 },
		startsSeconds: even.value.startSeconds,
	});
}
