/** What an MP3 can be (ISO/IEC 11172-3 §2.4.2.3, 13818-3 §2.4.2.3; below 16 kHz Fraunhofer's "MPEG 2.5"). */

export const MP3_SAMPLE_RATES_HZ = [
	8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000,
] as const;

/** By the index in a frame's header, which starts at 1; in kbit/s. */
export const MPEG_1_KBPS = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
export const MPEG_2_KBPS = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
/** The standard's table goes on, but LAME does not. */
const MPEG_2_5_KBPS = MPEG_2_KBPS.filter((kbps) => kbps <= 64);

/** Every bitrate that some sample rate has, in kbit/s, rising. */
export const MP3_BITRATES_KBPS = [...new Set([...MPEG_1_KBPS, ...MPEG_2_KBPS])].sort(
	(a, b) => a - b,
);

/** The constant bitrates in kbit/s, rising, that can be encoded at a sample rate. */
export function bitratesKbpsAt(sampleRateHz: number): readonly number[] {
	if (sampleRateHz >= 32_000) return MPEG_1_KBPS;
	return sampleRateHz >= 16_000 ? MPEG_2_KBPS : MPEG_2_5_KBPS;
}
