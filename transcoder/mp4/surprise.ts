/**
 * Why a file is not taken apart here but left to ffmpeg as a whole. No error: the file may be fine,
 * and if it is not, ffmpeg is the one to say so. The words are for the log.
 */
export type Surprise = { surprise: string };

export function surprise(words: string): Surprise {
	return { surprise: words };
}
