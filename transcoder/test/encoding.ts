import type { Encoding } from "../ffmpeg/encode.ts";

/** A whole encoding, of which a test says only what it is about. */
export function encodingOf(
	input: string,
	directory: string,
	about: Partial<Encoding> = {},
): Encoding {
	return {
		input,
		output: "output.mp3",
		directory,
		container: "matroska,webm",
		audio: {
			codec: "aac",
			durationSeconds: undefined,
			sampleRateHz: undefined,
			channels: undefined,
		},
		options: { quality: "high" },
		cores: 1,
		onProgress: () => {},
		...about,
	};
}
