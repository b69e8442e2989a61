import { AUDIO_CODECS, DEMUXERS, PICTURE_DECODERS } from "../ffmpeg/formats.ts";

/*
 * Which parts of ffmpeg are compiled for the image, as arguments for its `configure`: what the lists
 * of the transcoder let in, and what its command lines name (ffmpeg/arguments.ts).
 */

/** Of ffmpeg's names for a demuxer the first; MPEG-PS is called otherwise where it is compiled. */
const demuxers = DEMUXERS.map((names) => (names === "mpeg" ? "mpegps" : names.split(",")[0]));

/**
 * No file is opened with these, they are not on the list: MPEG-PS and TS do not always say what is in
 * them, and libavformat asks these what it looks like (`fmt_id_type` in libavformat/demux.c).
 */
const lookers = ["ac3", "dts", "eac3", "h264", "hevc", "loas", "m4v", "mpegvideo", "truehd"];

const components: Record<string, readonly (string | undefined)[]> = {
	protocol: ["file", "pipe"],
	demuxer: [...demuxers, ...lookers],
	decoder: [...Object.values(AUDIO_CODECS).flat(), ...PICTURE_DECODERS],
	encoder: ["libmp3lame", "mjpeg", "pcm_s16le"],
	muxer: ["image2pipe", "matroska", "mp3", "null"],
	filter: [
		...["aeval", "aformat", "anull", "anullsink", "aresample", "aselect", "asetnsamples"],
		...["asetpts", "asplit", "atrim", "ebur128", "loudnorm", "volume", "volumedetect"],
		...["format", "null", "scale"],
	],
};

const flags = Object.entries(components).map(([kind, names]) => `--enable-${kind}=${names.join()}`);
// What tells where a frame ends, whatever the codec, and what decoders ask for themselves.
console.log([...flags, "--enable-parsers", "--enable-bsfs"].join(" "));
