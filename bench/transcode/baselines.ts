import { join } from "node:path";
import { FFMPEG, plainEncode, runCommand } from "./command.ts";
import { type Figures, openScratch, takeFigures } from "./figures.ts";
import { onCores } from "./on-cores.ts";
import type { Peers } from "./peers.ts";

/** What Earshot is compared with. */

const child = (name: string) => join(import.meta.dirname, "children", name);

/** (a) */
export async function plainFfmpeg(
	input: string,
	directory: string,
	cores?: number,
): Promise<Figures> {
	await using scratch = await openScratch(directory);
	const output = join(scratch.path, "output.mp3");
	const [command, args] = onCores(cores, FFMPEG, plainEncode(input, output));
	return await takeFigures({ directory: scratch.path, outputs: [output] }, (watch) =>
		runCommand(command, args, watch),
	);
}

/** (b) */
export async function ffmpegOnUrl(url: string, peers: Peers, directory: string): Promise<Figures> {
	await using scratch = await openScratch(directory);
	const output = join(scratch.path, "output.mp3");
	const { traffic } = peers;
	return await takeFigures({ directory: scratch.path, outputs: [output], traffic }, (watch) =>
		runCommand(FFMPEG, plainEncode(url, output), watch),
	);
}

/** (c) */
export async function downloadFirst(
	url: string,
	peers: Peers,
	directory: string,
): Promise<Figures> {
	await using scratch = await openScratch(directory);
	const output = join(scratch.path, "output.mp3");
	const args = [child("download-first.ts"), url, join(scratch.path, "source"), output];
	const { traffic } = peers;
	return await takeFigures({ directory: scratch.path, outputs: [output], traffic }, (watch) =>
		runCommand(process.execPath, args, watch),
	);
}

/** (d) */
export async function pcmThroughPipe(input: string, directory: string): Promise<Figures> {
	await using scratch = await openScratch(directory);
	const output = join(scratch.path, "output.mp3");
	const args = [child("pcm-relay.ts"), input, output];
	return await takeFigures({ directory: scratch.path, outputs: [output] }, (watch) =>
		runCommand(process.execPath, args, watch),
	);
}

/** A shell's loop over local files, some of them at a time. */
export async function ffmpegLoop(
	inputs: readonly string[],
	atOnce: number,
	directory: string,
): Promise<Figures> {
	await using scratch = await openScratch(directory);
	const files = inputs.map((input, index) => ({
		input,
		output: join(scratch.path, `${index}.mp3`),
	}));
	const waiting = files.values();
	const outputs = files.map(({ output }) => output);
	return await takeFigures({ directory: scratch.path, outputs }, (watch) => {
		const takeTurns = async () => {
			for (const { input, output } of waiting) {
				await runCommand(FFMPEG, plainEncode(input, output), watch);
			}
		};
		return Promise.all(Array.from({ length: atOnce }, takeTurns));
	});
}
