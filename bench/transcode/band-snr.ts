import { fft } from "./fft.ts";

/** How much louder a sound is than what encoding has added to it, band by band. */

/** Ten bands between these, of about an octave where most of music is. */
export const BAND_EDGES_HZ = [
	20, 100, 200, 400, 800, 1_600, 3_200, 6_400, 9_600, 12_800, 16_000,
] as const;

/** 46 ms: bands of 100 Hz still have several lines each. */
const WINDOW = 2_048;

/**
 * @param source stereo samples, left and right in turn.
 * @param encoded the same after encoding and decoding, sample by sample.
 * @returns decibels, one value a band.
 */
export function bandSnr(
	source: Float32Array,
	encoded: Float32Array,
	sampleRateHz: number,
): number[] {
	const sound = bandEnergies((index) => source[index] ?? 0, source.length, sampleRateHz);
	const difference = (index: number) => (encoded[index] ?? 0) - (source[index] ?? 0);
	const noise = bandEnergies(difference, source.length, sampleRateHz);
	return sound.map((energy, band) => 10 * Math.log10(energy / (noise[band] ?? 0)));
}

/** Of both channels together. */
function bandEnergies(
	sample: (index: number) => number,
	length: number,
	sampleRateHz: number,
): number[] {
	const energies = BAND_EDGES_HZ.slice(1).map(() => 0);
	const [re, im] = [new Float64Array(WINDOW), new Float64Array(WINDOW)];
	const lineOf = (hz: number) => Math.round((hz * WINDOW) / sampleRateHz);
	for (let start = 0; start + 2 * WINDOW <= length; start += 2 * WINDOW) {
		for (let index = 0; index < WINDOW; index++) {
			const hann = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / WINDOW);
			// The left channel as the real part and the right one as the imaginary: their energies at
			// a frequency are what is at its line and at the mirrored one.
			re[index] = hann * sample(start + 2 * index);
			im[index] = hann * sample(start + 2 * index + 1);
		}
		fft(re, im);
		const energyAt = (line: number) => (re[line] ?? 0) ** 2 + (im[line] ?? 0) ** 2;
		for (const [band, fromHz] of BAND_EDGES_HZ.slice(0, -1).entries()) {
			const end = lineOf(BAND_EDGES_HZ[band + 1] ?? 0);
			for (let line = lineOf(fromHz); line < end; line++) {
				energies[band] = (energies[band] ?? 0) + energyAt(line) + energyAt(WINDOW - line);
			}
		}
	}
	return energies;
}
