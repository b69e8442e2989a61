/**
 * What may be opened. The demuxer list is what keeps hostile files from reading other files or
 * the network (playlists, concat scripts, SDP, VobSub siblings): whoever adds to it, adds a file of
 * the kind to test/attacks/ (docs/decisions/009).
 */
export const DEMUXERS = [
	"mov,mp4,m4a,3gp,3g2,mj2",
	"matroska,webm",
	"avi",
	"flv",
	"mpegts",
	"mpeg",
	"ogg",
	"asf",
	"wav",
	"mp3",
	"aac",
	"flac",
] as const;

/**
 * Where a container says how long it is, by which a truncated file is told from a short one:
 * `stream`: how long each stream is; `file`: how long the longest is (the sound may be shorter than
 * the picture); `end`: when that one ends, in the file's own time. The others do not say; ffprobe
 * guesses their length from what is there.
 */
export const DECLARED_LENGTH: Readonly<Record<string, "stream" | "file" | "end">> = {
	"mov,mp4,m4a,3gp,3g2,mj2": "stream",
	"matroska,webm": "end",
	flv: "file",
	asf: "end",
	flac: "file",
};

/**
 * Containers that can be read from front to back, so that their sound can be encoded as they
 * arrive. MP4 only when its index comes first, as it does in a file of sound alone: otherwise nothing
 * can be told from its head.
 */
export const STREAMED_CONTAINERS: ReadonlySet<string> = new Set([
	"matroska,webm",
	"mpegts",
	"flv",
	"mov,mp4,m4a,3gp,3g2,mj2",
]);

/** Sound that is converted: ffmpeg's codec name → the decoders for it, in ffmpeg 5 to 8. */
export const AUDIO_CODECS: Readonly<Record<string, readonly string[]>> = {
	aac: ["aac"],
	aac_latm: ["aac_latm"],
	mp1: ["mp1float", "mp1"],
	mp2: ["mp2float", "mp2"],
	mp3: ["mp3float", "mp3"],
	ac3: ["ac3"],
	eac3: ["eac3"],
	dts: ["dca"],
	truehd: ["truehd"],
	mlp: ["mlp"],
	opus: ["opus", "libopus"],
	vorbis: ["vorbis", "libvorbis"],
	speex: ["speex", "libspeex"],
	flac: ["flac"],
	alac: ["alac"],
	wmav1: ["wmav1"],
	wmav2: ["wmav2"],
	wmapro: ["wmapro"],
	wmalossless: ["wmalossless"],
	wmavoice: ["wmavoice"],
	amr_nb: ["amrnb", "libopencore_amrnb"],
	amr_wb: ["amrwb", "libopencore_amrwb"],
	gsm_ms: ["gsm_ms", "libgsm_ms"],
	nellymoser: ["nellymoser"],
	qdm2: ["qdm2"],
	s302m: ["s302m"],
	...sameName(
		"adpcm_ima_qt",
		"adpcm_ima_wav",
		"adpcm_ms",
		"adpcm_swf",
		"pcm_alaw",
		"pcm_bluray",
		"pcm_dvd",
		"pcm_f32be",
		"pcm_f32le",
		"pcm_f64be",
		"pcm_f64le",
		"pcm_mulaw",
		"pcm_s16be",
		"pcm_s16le",
		"pcm_s24be",
		"pcm_s24le",
		"pcm_s32be",
		"pcm_s32le",
		"pcm_s8",
		"pcm_u8",
	),
};

/** For covers alone: stills, and the film codecs that cameras, phones and the web use. */
export const PICTURE_DECODERS = [
	...["mjpeg", "png", "bmp", "gif", "webp"],
	...["h264", "hevc", "mpeg4", "mpeg2video", "mpeg1video", "h263", "flv", "msmpeg4v3"],
	...["vp8", "vp9", "libdav1d", "av1", "theora", "prores", "dnxhd", "wmv2", "wmv3", "vc1"],
] as const;

function sameName(...names: string[]): Record<string, readonly string[]> {
	return Object.fromEntries(names.map((name) => [name, [name]]));
}
