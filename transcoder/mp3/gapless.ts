/**
 * How an MP3 says which of its samples nobody is to hear: what the encoder put before and after the
 * sound. Its header tells it players, which cut it off (LAME's extension of the Xing header).
 * Pure. http://gabriel.mp3-tech.org/mp3infotag.html
 */
export type Gapless = {
	/** As the encoder counts them: players leave out `DECODER_DELAY_SAMPLES` more… */
	delaySamples: number;
	/** …and so many less. */
	paddingSamples: number;
};

/**
 * A decoder's own delay, which players leave out at the start besides the encoder's, and at the end
 * of the padding: however little that is, so much is never heard.
 */
export const DECODER_DELAY_SAMPLES = 529;

/** Twelve bits each. */
export const MOST_TOLD_SAMPLES = 4_095;

/** Samples that a decoder gives and nobody is to hear. */
export type Unheard = { startSamples: number; endSamples: number };

/** What an MP3 needs for its players to leave out just this. */
export type Told = {
	/** Before all others: where there is less to leave out than players do anyway. */
	silentFrames: 0 | 1;
	/** `undefined`: nothing is told, and players play everything. */
	gapless: Gapless | undefined;
};

/** `undefined`: it is more than can be told. */
export function tell(
	{ startSamples, endSamples }: Unheard,
	samplesPerFrame: number,
): Told | undefined {
	if (startSamples === 0 && endSamples === 0) return { silentFrames: 0, gapless: undefined };
	const silentFrames = startSamples < DECODER_DELAY_SAMPLES ? 1 : 0;
	const delaySamples = startSamples + silentFrames * samplesPerFrame - DECODER_DELAY_SAMPLES;
	const paddingSamples = endSamples + DECODER_DELAY_SAMPLES;
	if (delaySamples > MOST_TOLD_SAMPLES || paddingSamples > MOST_TOLD_SAMPLES) return undefined;
	return { silentFrames, gapless: { delaySamples, paddingSamples } };
}
