import { MAX_DURATION_SECONDS } from "#contracts/limits.ts";
import { MAX_ALLOCATION_BYTES } from "../limits.ts";
import type { Rate } from "../plan/plan-output.ts";
import type { CoverSource } from "./extract-cover.ts";
import { AUDIO_CODECS, DEMUXERS, PICTURE_DECODERS } from "./formats.ts";

/** Command lines, as arrays: no shell ever sees them. Inputs are local files that we have named. */

/**
 * Before each `-i`. No list is enough alone: some demuxers open files past the protocol list, and
 * the codec list keeps the picture's decoder shut while the streams are looked over.
 */
const guards = guardsOf("file");

function guardsOf(protocol: "file" | "pipe"): string[] {
	return [
		["-max_alloc", String(MAX_ALLOCATION_BYTES)],
		["-protocol_whitelist", protocol],
		["-format_whitelist", DEMUXERS.join(",")],
		["-codec_whitelist", Object.values(AUDIO_CODECS).flat().join(",")],
	].flat();
}

/** The longer side of a cover: what the largest players show. */
const COVER_PIXELS = 1_400;

/** One sound of a local file. */
export type SoundInput = {
	input: string;
	/** Of the stream in the file. */
	soundIndex: number;
	/** The file's bytes as they come, for each that asks, in place of the file itself. */
	feed?: () => AsyncIterable<Buffer>;
};

/**
 * A sound as MP3, after what the filters make of it. The output must be a file: on a pipe ffmpeg
 * cannot go back to fill in the Xing header. Progress goes to stdout, the highest sample to stderr.
 */
export function encodeArguments(
	sound: SoundInput,
	output: string,
	filters: readonly string[],
	rate: Rate,
): string[] {
	return [
		...fromSound(sound),
		TELL_PROGRESS,
		["-af", [...filters, ...MEASURING].join(",")],
		...toMp3(rate),
		["-id3v2_version", "0", "-f", "mp3", output],
	].flat();
}

/** Sound that is MP3 already: its frames as they are, to stdout, and nothing else. */
export function copyArguments(sound: SoundInput): string[] {
	return [...fromSound(sound), ["-c:a", "copy"], BARE_MP3].flat();
}

/** What a lane's encoder hears of a sound, as filters. */
export type LaneFilters = {
	/** To the sound as it is encoded, whole. */
	sound: readonly string[];
	/** To the lane's part of it. */
	lane: readonly string[];
};

/**
 * As MP3, but some stretches of it, to stdout, frames and nothing else. VBR frames stand alone;
 * a constant bitrate is nothing without a bit reservoir. Length and highest sample of these
 * stretches are told on stderr.
 */
export function encodeLaneArguments(sound: SoundInput, filters: LaneFilters, rate: Rate): string[] {
	return [
		...fromSound(sound),
		["-af", [...filters.sound, ...filters.lane, ...MEASURING].join(",")],
		...toMp3(rate),
		rate.mode === "vbr" ? ["-reservoir", "0"] : [],
		BARE_MP3,
	].flat();
}

/** Uncompressed, with the times it has: what several passes can work on. */
export function evenArguments(
	sound: SoundInput,
	output: string,
	filters: readonly string[],
): string[] {
	return [
		...fromSound(sound),
		["-af", filters.join(",")],
		["-t", String(MAX_DURATION_SECONDS)],
		["-c:a", "pcm_s16le", "-f", "matroska", output],
	].flat();
}

/** Loudness by EBU R128, told on stderr. `verbose` keeps its running commentary out of that. */
export function measureLoudnessArguments(sound: SoundInput, filters: readonly string[]): string[] {
	return [
		...fromSound(sound),
		["-af", [...filters, "ebur128=peak=true:framelog=verbose"].join(",")],
		["-f", "null", "-"],
	].flat();
}

/**
 * Measures length and highest sample beside the way to the encoder, where 16 bits are enough. ffmpeg
 * builds its filters anew when the sound changes its sample rate or its channels; each set of them
 * tells when it ends.
 */
const MEASURING = ["asplit[sound][copy];[copy]volumedetect,anullsink;[sound]anull"];

const TELL_PROGRESS = ["-progress", "pipe:1"];

const BARE_MP3 = [
	...["-write_xing", "0", "-id3v2_version", "0", "-flush_packets", "0"],
	...["-f", "mp3", "pipe:1"],
];

function fromSound({ input, soundIndex, feed }: SoundInput): string[][] {
	return [
		["-hide_banner", "-v", "level+info", "-nostdin", "-nostats", "-y"],
		// Above this share of undecodable frames it exits with an error instead of leaving them out.
		["-max_error_rate", "0.1"],
		feed ? [...guardsOf("pipe"), "-i", "pipe:0"] : [...guards, "-i", input],
		["-map", `0:${soundIndex}`, "-vn", "-sn", "-dn"],
		["-map_metadata", "-1", "-map_chapters", "-1"],
	];
}

function toMp3(rate: Rate): string[][] {
	const wanted =
		rate.mode === "vbr" ? ["-q:a", String(rate.quality)] : ["-b:a", `${rate.bitrateKbps}k`];
	return [["-c:a", "libmp3lame", ...wanted]];
}

const FACTS = [
	"format=format_name,start_time,duration,bit_rate",
	"stream=index,codec_type,codec_name,profile,start_time,duration,sample_rate,channels,bit_rate",
	"stream_disposition=attached_pic",
];
const LANGUAGE = ["stream_tags=language"];
const WORDS = ["format_tags", "stream_tags", "chapter=start_time,end_time", "chapter_tags=title"];

/** What is in a file, as JSON, and what it says of itself. */
export function probeArguments(
	input: string,
	allDecoders: readonly string[],
	{ withWords = false } = {},
): string[] {
	const entries = [...FACTS, ...(withWords ? WORDS : LANGUAGE)].join(":");
	return [
		...toProbe(allDecoders),
		["-show_error", "-show_entries", entries],
		["-of", "json", "-i", input],
	].flat();
}

/** The times and sizes of all sounds' packets at the start of a file, one a line. */
export function packetSizesArguments(
	input: string,
	seconds: number,
	allDecoders: readonly string[],
): string[] {
	return [
		...toProbe(allDecoders),
		["-select_streams", "a"],
		["-read_intervals", `%+${seconds}`],
		["-show_entries", "packet=stream_index,pts_time,size"],
		["-of", "csv=print_section=0", "-i", input],
	].flat();
}

/** The times of a sound's packets and what of them is not to be heard, one a line. */
export function listPacketsArguments(
	{ input, soundIndex }: SoundInput,
	allDecoders: readonly string[],
): string[] {
	return [
		...toProbe(allDecoders),
		["-select_streams", String(soundIndex)],
		["-show_entries", "packet=pts_time:packet_side_data=skip_samples,discard_padding"],
		["-of", "compact=print_section=0", "-i", input],
	].flat();
}

/** The time of a stream's first packet. */
export function firstPacketArguments(
	input: string,
	stream: number,
	allDecoders: readonly string[],
): string[] {
	return [
		...toProbe(allDecoders),
		["-select_streams", String(stream)],
		["-read_intervals", "%+#1"],
		["-show_entries", "packet=pts_time"],
		["-of", "csv=print_section=0", "-i", input],
	].flat();
}

/** A still picture as it stands in the file. */
export function coverCopyArguments({ input, pictureIndex }: CoverSource, output: string): string[] {
	return [
		["-hide_banner", "-v", "error", "-nostdin", "-nostats", "-y"],
		[...guards, "-i", input],
		["-map", `0:${pictureIndex}`, "-c:v", "copy", "-frames:v", "1"],
		["-f", "image2pipe", output],
	].flat();
}

/** A picture of a file as a JPEG of a size for covers. This is the one place that decodes pictures. */
export function coverPictureArguments(
	{ input, pictureIndex, atSeconds }: CoverSource,
	output: string,
	quality: number,
): string[] {
	const seek = atSeconds === undefined ? [] : ["-ss", String(atSeconds)];
	const side = `min(${COVER_PIXELS}\\,iw):min(${COVER_PIXELS}\\,ih)`;
	return [
		["-hide_banner", "-v", "error", "-nostdin", "-nostats", "-y"],
		[...guards, "-codec_whitelist", PICTURE_DECODERS.join(",")],
		// One thread: more take more memory, and one picture gains nothing by them.
		["-threads", "1", ...seek, "-i", input],
		["-map", `0:${pictureIndex}`, "-frames:v", "1"],
		["-vf", `scale=${side}:force_original_aspect_ratio=decrease,format=yuvj420p`],
		["-c:v", "mjpeg", "-q:v", String(quality)],
		["-f", "image2pipe", output],
	].flat();
}

/** Each packet's stream and time, one a line. */
export function packetArguments(input: string, allDecoders: readonly string[]): string[] {
	return [
		...toProbe(allDecoders),
		["-show_entries", "packet=stream_index,pts_time,duration_time"],
		["-of", "csv=print_section=0", "-i", input],
	].flat();
}

function toProbe(allDecoders: readonly string[]): string[][] {
	return [
		["-hide_banner", "-v", "error"],
		[...guards, ...ffprobeGuards(allDecoders)],
	];
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
