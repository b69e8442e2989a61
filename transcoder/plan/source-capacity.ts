import type { AudioStream } from "../ffmpeg/probe.ts";

/**
 * How many kbit/s an MP3 may need, at most, for all that is in a sound: the sound's own bitrate, times what
 * MP3 needs more than its codec for the same, generously. More would be padding. `undefined`: its
 * bitrate is not known.
 */
export function sourceCapacityKbps({ codec, profile, bitrateKbps }: AudioStream) {
	if (bitrateKbps === undefined || bitrateKbps <= 0) return undefined;
	const factor = profile?.startsWith("HE-AAC") ? 3 : (FACTORS[codec] ?? 1);
	return bitrateKbps * factor;
}

/** Codecs that get more out of a bit than MP3 does. */
const FACTORS: Readonly<Record<string, number>> = {
	aac: 2,
	aac_latm: 2,
	opus: 2.5,
	vorbis: 2,
	eac3: 2,
	wmav2: 1.5,
	wmapro: 2,
	// Made for voices alone, which MP3 is not.
	amr_nb: 4,
	amr_wb: 4,
	gsm_ms: 4,
	speex: 4,
	wmavoice: 4,
	nellymoser: 2,
	qdm2: 2,
};
