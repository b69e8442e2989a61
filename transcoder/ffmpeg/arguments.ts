import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { MAX_ALLOCATION_BYTES } from "../limits.ts";
import { AUDIO_CODECS, DEMUXERS } from "./formats.ts";
import type { LanePlan } from "./lanes.ts";

/** Command lines, as arrays: no shell ever sees them. Inputs are local files that we have named. */

/**
 * Before each `-i`. No list is enough alone: some demuxers open files past the protocol list, and
 * the codec list keeps the picture's decoder shut while the streams are looked over.
 */
const guards = [
	["-max_alloc", String(MAX_ALLOCATION_BYTES)],
	["-protocol_whitelist", "file"],
	["-format_whitelist", DEMUXERS.join(",")],
	["-codec_whitelist", Object.values(AUDIO_CODECS).flat().join(",")],
].flat();

/** LAME's VBR scale. https://trac.ffmpeg.org/wiki/Encode/MP3 */
const VBR_QUALITY: Readonly<Record<ConversionOptions["quality"], number>> = {
	best: 0,
	high: 2,
	standard: 4,
};

/**
 * The first audio stream as VBR MP3 with nothing of the source's tags. The output must be a file:
 * on a pipe ffmpeg cannot go back to fill in the Xing header. Progress goes to stdout.
 */
export function encodeArguments(
	input: string,
	output: string,
	options: ConversionOptions,
): string[] {
	return [
		...fromFirstSound(input),
		["-t", String(MAX_DURATION_SECONDS)],
		...toMp3(options),
		["-f", "mp3", output],
	].flat();
}

/** Sound that is MP3 already: frame by frame as it is, with a Xing header of its own. */
export function copyArguments(input: string, output: string): string[] {
	return [
		...fromFirstSound(input),
		["-t", String(MAX_DURATION_SECONDS)],
		["-c:a", "copy", "-f", "mp3", output],
	].flat();
}

/**
 * As VBR MP3 again, but one stretch of the sound, in frames that stand alone, so that they can be
 * joined with others. It decodes from the start and counts samples: seeking is not exact to the sample.
 */
export function encodeLaneArguments(
	input: string,
	output: string,
	options: ConversionOptions,
	lane: LanePlan,
	{ sampleRateHz, channels }: { sampleRateHz: number; channels: number },
): string[] {
	const { startSample, endSample } = lane;
	const end = endSample === undefined ? "" : `:end_sample=${endSample}`;
	const filters = [
		// What ffmpeg would choose by itself, but before the samples are counted.
		`aformat=sample_fmts=fltp:sample_rates=${sampleRateHz}:channel_layouts=${channels === 1 ? "mono" : "stereo"}`,
		`atrim=start_sample=${startSample}${end}`,
		"asetpts=N/SR/TB",
	];
	return [
		...fromFirstSound(input),
		["-af", filters.join(",")],
		["-t", String(MAX_DURATION_SECONDS - startSample / sampleRateHz)],
		...toMp3(options),
		["-reservoir", "0", "-id3v2_version", "0"],
		["-f", "mp3", output],
	].flat();
}

function fromFirstSound(input: string): string[][] {
	return [
		["-hide_banner", "-v", "error", "-nostdin", "-nostats", "-y"],
		["-progress", "pipe:1"],
		// Above this share of undecodable frames it exits with an error instead of leaving them out.
		["-max_error_rate", "0.1"],
		[...guards, "-i", input],
		["-map", "0:a:0", "-vn", "-sn", "-dn"],
		["-map_metadata", "-1", "-map_chapters", "-1"],
	];
}

function toMp3({ quality }: ConversionOptions): string[][] {
	return [["-c:a", "libmp3lame", "-q:a", String(VBR_QUALITY[quality])]];
}

/** What is in a file, as JSON. */
export function probeArguments(input: string, allDecoders: readonly string[]): string[] {
	return [
		["-hide_banner", "-v", "error"],
		[...guards, ...ffprobeGuards(allDecoders)],
		["-show_error", "-show_entries"],
		[
			"format=format_name,start_time,duration:stream=index,codec_type,codec_name,start_time,duration,sample_rate,channels",
		],
		["-of", "json", "-i", input],
	].flat();
}

/** Each packet's stream and time, one a line. */
export function packetArguments(input: string, allDecoders: readonly string[]): string[] {
	return [
		["-hide_banner", "-v", "error"],
		[...guards, ...ffprobeGuards(allDecoders)],
		["-show_entries", "packet=stream_index,pts_time,duration_time"],
		["-of", "csv=print_section=0", "-i", input],
	].flat();
}

/**
 * ffprobe opens a decoder for every stream, though it feeds it nothing, and gives up when one is
 * not on the codec's list, as the picture's never is. Naming every decoder for the codec's list
 * lets it open them; the demuxer's list above still stands, and is the one that decides whether a
 * decoder is fed while the streams are looked over.
 */
function ffprobeGuards(allDecoders: readonly string[]): string[] {
	const all = allDecoders.join(",");
	return ["v", "a", "s"].flatMap((kind) => [`-codec_whitelist:${kind}`, all]);
}
