import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { AUDIO_CODECS } from "../ffmpeg/formats.ts";
import type { AudioStream, MediaFile } from "../ffmpeg/probe.ts";
import { failed, type Result, succeeded } from "../job/result.ts";

/** The one sound of the file that is converted: the first, or the one that was asked for. */
export function chooseSound(
	{ sounds, durationSeconds = 0 }: MediaFile,
	track: ConversionOptions["track"] = 0,
	maxDurationSeconds = MAX_DURATION_SECONDS,
): Result<AudioStream> {
	if (sounds.length === 0) return failed("no_audio_track", "ffprobe saw no audio stream");
	const sound = typeof track === "number" ? sounds[track] : sounds.find(speaks(track));
	if (!sound) return failed("track_not_found", `${track} among ${sounds.length}`);
	if (!Object.hasOwn(AUDIO_CODECS, sound.codec)) {
		return failed("unsupported_codec", `codec ${sound.codec}`);
	}
	if ((sound.durationSeconds ?? durationSeconds) > maxDurationSeconds) {
		return failed("too_long", "by its own account");
	}
	return succeeded(sound);
}

/** Files say `ger`, `deu` or `de`, and mean the same. */
function speaks(language: string) {
	const wanted = canonical(language);
	return (sound: AudioStream) =>
		sound.language !== undefined && canonical(sound.language) === wanted;
}

/** ISO 639-2 in both its forms, and 639-1, as one. */
function canonical(language: string): string {
	try {
		return new Intl.Locale(language).language;
	} catch {
		// Whatever a file may say.
		return language;
	}
}
