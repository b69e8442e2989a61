import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { access, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { backwards, editedBack, in64Bits, overAndOver } from "./rearranged.ts";
import { seeded } from "./seeded.ts";

/**
 * Videos for tests, made by ffmpeg when they are first asked for and kept for the run. Each
 * function answers a path; nobody writes to these files.
 */

/** Environment variable with the directory that a whole test run shares. */
export const MEDIA_DIRECTORY = "EARSHOT_TEST_MEDIA";

/** How long the videos below are, unless their name says otherwise. */
export const MEDIA_SECONDS = 3;
/** How long the sound is where it ends before the picture. */
export const SHORT_SOUND_SECONDS = 1.5;

export const mp4 = () => make("video.mp4", encode("libx264", "aac"), FASTSTART);
export const mp4MoovLast = () => make("moov-last.mp4", encode("libx264", "aac"));
export const mov = () => make("video.mov", encode("libx264", "pcm_s16le"));
export const mkv = () => make("video.mkv", encode("libx264", "ac3"));
export const webmOpus = () => make("opus.webm", encode("libvpx", "libopus"));
export const webmVorbis = () => make("vorbis.webm", encode("libvpx", "libvorbis"));

/** Everything in it that has a name or a text has this one. */
export const mkvWithTexts = async (text: string) => {
	const chapter = `[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=${escaped(text)}\n`;
	const tags = `;FFMETADATA1\ntitle=${escaped(text)}\nartist=${escaped(text)}\n${chapter}`;
	const inputs = ["-i", await clip("mkv"), "-i", await write("texts.ffmeta", Buffer.from(tags))];
	const maps = ["-map", "0", "-map_metadata", "1", "-map_chapters", "1", "-c", "copy"];
	const names = ["-metadata:s:a:0", `title=${text}`, "-metadata:s:v:0", `handler_name=${text}`];
	const attached = ["-attach", await textFile(), "-metadata:s:t:0", "mimetype=text/plain"];
	const output = [...maps, ...names, ...attached, "-metadata:s:t:0", `filename=${text}`];
	return make("texts.mkv", [...inputs, ...output]);
};
/** https://ffmpeg.org/ffmpeg-formats.html#Metadata-2 */
const escaped = (text: string) => text.replace(/[=;#\\\n]/g, "\\$&");

/** Sound that is MP3 already, with LAME's delay and padding in its header, and as MP4 has them. */
export const mp3 = async () =>
	make("mp3-320k.mp3", ["-i", await mp4(), "-vn", "-c:a", "libmp3lame", "-b:a", "320k"]);
export const mp4WithMp3 = () => withMp3("mp3-320k.mp4");
export const mkvWithMp3 = () => withMp3("mp3-320k.mkv");
export const mp4WithLateMp3 = () =>
	withMp3("late-mp3.mp4", ["-itsoffset", String(LATE_BY_SECONDS)]);
export const mkvWithMp3AndTitle = async () =>
	make("mp3-title.mkv", ["-i", await mkvWithMp3(), "-c", "copy", "-metadata", "title=Film"]);
const withMp3 = async (name: string, beforeSound: readonly string[] = []) => {
	const inputs = ["-i", await mp4(), ...beforeSound, "-i", await mp3()];
	return make(name, [...inputs, "-map", "0:v", "-map", "1:a", "-c", "copy"]);
};

/** A film with all that it can say of itself: tags, chapters, a cover; and where it was made. */
export const mp4WithWords = async () => {
	const inputs = ["-i", await mp4(), "-i", await ffmetadata(), "-i", await coverPng()];
	const cover = ["-map", "2:v", "-c:v:1", "png", "-disposition:v:1", "attached_pic"];
	const maps = ["-map", "0:v", "-map", "0:a", ...cover, "-map_metadata", "1", "-map_chapters", "1"];
	return make("words.mp4", [...inputs, ...maps, "-c:v:0", "copy", "-c:a", "copy"]);
};
export const oggWithTitle = () =>
	make("title.ogg", [...music(MEDIA_SECONDS), "-c:a", "libvorbis", "-metadata", "title=Ogg’s own"]);
export const mp3WithWords = async () => {
	const inputs = ["-i", await mp3(), "-i", await coverPng()];
	const maps = ["-map", "0:a", "-map", "1:v", "-c:a", "copy", "-c:v", "mjpeg"];
	return make("words.mp3", [...inputs, ...maps, "-metadata", "title=Song"]);
};
/** A chapter that claims to end in three hundred years. */
export const mkvWithEndlessChapter = async () => {
	const times = "TIMEBASE=1/1\nSTART=1\nEND=9000000000";
	const words = `;FFMETADATA1\n[CHAPTER]\n${times}\ntitle=Endless\n`;
	const inputs = ["-i", await mp4(), "-i", await write("endless.ffmetadata", Buffer.from(words))];
	return make("endless.mkv", [...inputs, "-map", "0", "-map_chapters", "1", "-c", "copy"]);
};

/** Twice as many words as are read of a file. */
export const mkvWithEndlessWords = async () => {
	const words = `;FFMETADATA1\ntitle=Long\ncomment=${"endless ".repeat(2 ** 18)}\n`;
	const inputs = ["-i", await mp4(), "-i", await write("words.ffmetadata", Buffer.from(words))];
	return make("endless-words.mkv", [...inputs, "-map", "0", "-map_metadata", "1", "-c", "copy"]);
};

/** Noise, which no encoder makes small. */
export const mp4WithLargeCover = async () => {
	const noise = "testsrc2=s=1600x1600,noise=alls=100";
	const png = await make("noise.png", ["-f", "lavfi", "-i", noise, "-frames:v", "1"]);
	const maps = ["-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"];
	return make("large-cover.mp4", ["-i", await mp4(), "-i", png, ...maps]);
};
const coverPng = () =>
	make("cover.png", ["-f", "lavfi", "-i", "testsrc=s=1600x1600", "-frames:v", "1"]);
const ffmetadata = () =>
	write(
		"words.ffmetadata",
		Buffer.from(
			`;FFMETADATA1
title=Über den Wolken – 日本
artist=The Artist
album=Source Album
comment=Source comment
date=1999-12-31
genre=Jazz
location=+48.1371+011.5754/
[CHAPTER]
TIMEBASE=1/1000
START=0
END=1200
title=First
[CHAPTER]
TIMEBASE=1/1000
START=1200
END=3000
title=Second; DROP TABLE
`,
		),
	);

/** Two sounds, German and English: a low tone and a high one. */
export const mkvTwoLanguages = () =>
	make("languages.mkv", [
		...["-f", "lavfi", "-i", "sine=300:d=2", "-f", "lavfi", "-i", "sine=3000:d=2"],
		...["-map", "0:a", "-map", "1:a", "-c:a", "flac"],
		...["-metadata:s:a:0", "language=ger", "-metadata:s:a:1", "language=eng"],
	]);

/** Silence but for one click, at exactly this sample. */
export const CLICK_AT_SAMPLE = 66_150;
export const wavWithClick = () =>
	make("click.wav", [
		...["-f", "lavfi", "-i", `aevalsrc=if(eq(n\\,${CLICK_AT_SAMPLE})\\,0.9\\,0):s=44100:d=4`],
		...["-c:a", "pcm_s16le"],
	]);

/** Music that is quiet, and music with peaks at full scale over a quiet ground. */
export const quietMusic = () =>
	make("quiet.wav", [...music(6), "-af", "volume=-20dB", "-c:a", "pcm_s16le"]);
export const peakyMusic = () =>
	make("peaky.wav", [
		...music(6),
		...["-af", "volume='if(lt(mod(t,1),0.05),3,0.4)':eval=frame", "-c:a", "pcm_s16le"],
	]);

/** Little sound in few bits. */
export const webmLowBitrate = () =>
	make("low-bitrate.webm", [...music(MEDIA_SECONDS), "-c:a", "libopus", "-b:a", "32k"]);
export const mp3LowBitrate = async () =>
	make("mp3-64k.mp3", ["-i", await mp4(), "-vn", "-c:a", "libmp3lame", "-b:a", "64k"]);

/** Of a varying bitrate, which no header tells: silence takes next to nothing. */
export const mp3SilentAtFirst = async () => {
	const silence = `volume=0:enable='lt(t,${MEDIA_SECONDS / 3})'`;
	const vbr = ["-c:a", "libmp3lame", "-q:a", "0", "-write_xing", "0"];
	return make("silent-at-first.mp3", ["-i", await peakyMusic(), "-af", silence, ...vbr]);
};

export const mp4WithoutSound = () => make("silent.mp4", [...picture(), ...encode("libx264")]);
export const mp4ShortSound = () => make("short-sound.mp4", shortSound(), FASTSTART);
export const mkvShortSound = () => make("short-sound.mkv", shortSound());

/** A second sound follows two seconds after the first; between them there is none, not silence. */
export const mp4WithGap = async () => {
	const shift = "setts=ts=if(gt(N\\,60)\\,TS+2/TB\\,TS)";
	return make("gap.mp4", ["-i", await mp4(), "-c", "copy", "-bsf:a", shift]);
};

/** A second in each container that may be opened: small, to be spoilt in many ways. */
const CLIPS = {
	mp4: ["libx264", "aac"],
	fragmented: ["libx264", "aac"],
	mov: ["libx264", "pcm_s16le"],
	mkv: ["libx264", "aac"],
	webm: ["libvpx", "libopus"],
	avi: ["mpeg4", "ac3"],
	flv: ["flv", "aac"],
	ts: ["mpeg2video", "mp2"],
	mpg: ["mpeg1video", "mp2"],
	wmv: ["wmv2", "wmav2"],
	ogg: [undefined, "libvorbis"],
	wav: [undefined, "pcm_s16le"],
	mp3: [undefined, "libmp3lame"],
	aac: [undefined, "aac"],
	flac: [undefined, "flac"],
} as const;

export type Clip = keyof typeof CLIPS;
export const CLIP_NAMES = Object.keys(CLIPS) as Clip[];

export const clip = (kind: Clip) => {
	const [videoCodec, audioCodec] = CLIPS[kind];
	const inputs = [...(videoCodec ? picture(1) : []), ...music(1)];
	const video = videoCodec ? ["-c:v", videoCodec, "-g", "5", "-pix_fmt", "yuv420p"] : [];
	const fragments = kind === "fragmented" ? ["-movflags", "+frag_keyframe+empty_moov"] : [];
	const suffix = kind === "fragmented" ? "mp4" : kind;
	return make(`clip.${suffix}`, [...inputs, ...video, "-c:a", audioCodec, ...fragments]);
};

/** Real sound, long enough to be caught in the act: it takes seconds to convert. */
export const mp4Long = async () =>
	make("long.mp4", ["-stream_loop", "600", "-i", await mp4(), "-c", "copy"], FASTSTART);

/** Long enough to be shared out among several encoders. */
export const LONG_SOUND_SECONDS = 75;

/** Sound alone, with silence in the middle and a bang at its end, as ffmpeg's arguments have it. */
export const longSound = async (name: string, args: readonly string[]) =>
	make(name, ["-i", await longWave(), ...args]);

function longWave(): Promise<string> {
	const shape = `if(between(t,30,38),0,1)+gt(t,${LONG_SOUND_SECONDS}-0.2)*random(0)`;
	const sides = voices.map((side) => `(${side})*(${shape})`).join("|");
	const source = `aevalsrc='${sides}':s=48000:d=${LONG_SOUND_SECONDS}`;
	return make("long.wav", ["-f", "lavfi", "-i", source]);
}

/** Three seconds of sound that claim to go on after more than twelve hours. */
export const mkvTooLong = async () => {
	const shift = "setts=ts=if(gt(N\\,60)\\,TS+50000/TB\\,TS)";
	return make("too-long.mkv", ["-i", await mp4(), "-c", "copy", "-bsf:a", shift]);
};

/** As a recorder leaves it that streams while it records. */
export const mkvWithoutLength = async () =>
	make("without-length.mkv", ["-i", await mp4(), "-c", "copy", "-live", "1"]);

/** How long the videos that follow are: large enough for their sound to be fetched alone. */
export const LARGE_SECONDS = 60;

/** Picture and sound take turns by the second, as cameras and editors write them. */
export const largeMp4 = () => largeWith("large.mp4", ["-c:a", "aac", ...FASTSTART]);
export const largeMp4MoovLast = () => largeWith("large-moov-last.mp4", ["-c:a", "aac"]);
/** Picture and sound take turns by the frame, as ffmpeg writes them. */
export const largeMp4ByTheFrame = () =>
	largeWith("large-fine.mp4", ["-c:a", "aac", "-chunk_duration", "0"]);
export const largeMp4ByTheFrameMoovFirst = () =>
	largeWith("large-fine-first.mp4", ["-c:a", "aac", "-chunk_duration", "0", ...FASTSTART]);
export const largeMp4In64Bits = () => rearrangedMp4("large-co64.mp4", in64Bits);
export const largeMp4Backwards = () => rearrangedMp4("large-backwards.mp4", backwards);
export const largeMp4EditedBack = () => rearrangedMp4("large-edited-back.mp4", editedBack);
export const largeMp4OverAndOver = () => rearrangedMp4("large-over.mp4", overAndOver);
const rearrangedMp4 = async (name: string, rearrange: (file: Buffer) => Buffer) =>
	write(name, rearrange(await readFile(await largeMp4MoovLast())));
/** A piece of something longer, in its time: picture and sound begin after an hour. */
export const largeMp4FarFromZero = async () => {
	const shift = ["-c", "copy", "-output_ts_offset", "3600"];
	return large("large-far.mp4", ["-i", await largeMp4()], shift);
};
/** Nothing but sound, and much of it. */
export const largeMovOfSound = async () => {
	const [, , ...sound] = await largeTracks();
	return make("large-sound.mov", [...sound, "-c:a", "pcm_s16le"]);
};
export const largeMp4Fragmented = () =>
	largeWith("large-fragmented.mp4", ["-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov"]);
export const largeTs = () => largeWith("large.ts", ["-c:a", "aac"]);
export const largeFlv = () => largeWith("large.flv", ["-c:a", "aac"]);
export const largeWebm = async () => {
	const picture = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1800k"];
	return large("large.webm", await largeTracks(), [...picture, "-c:a", "libopus"]);
};
/** Silent at first, which takes next to no bits; how many it takes is told nowhere. */
export const largeMkvSilentAtFirst = async () => {
	const silence = `volume=0:enable='lt(t,${LARGE_SECONDS / 2})'`;
	return largeWith("large-silent-at-first.mkv", ["-af", silence, "-c:a", "aac"]);
};
export const largeMkv = () => largeWith("large.mkv", ["-c:a", "aac"]);

export const largeWith = async (name: string, soundCodec: readonly string[]) =>
	large(name, await largeTracks(), ["-map", "0:v", "-map", "1:a", "-c:v", "copy", ...soundCodec]);

/** A second sound comes after the one that is converted. */
export const largeMp4TwoSounds = async () => {
	const inputs = [...(await largeTracks()), "-f", "lavfi", "-i", `sine=d=${LARGE_SECONDS}`];
	const maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a"];
	return large("large-two-sounds.mp4", inputs, [...maps, "-c:v", "copy", "-c:a", "aac"]);
};

export const largeMp4SoundFirst = async () => {
	const maps = ["-map", "1:a", "-map", "0:v"];
	return large("large-sound-first.mp4", await largeTracks(), [...maps, "-c:v", "copy"]);
};

export const LATE_SOUND_SECONDS = 50;
export const LATE_BY_SECONDS = 0.7;
/** The sound starts later than the picture and ends sooner: its edit list begins with nothing. */
export const largeMp4LateSound = async (lateBySeconds = LATE_BY_SECONDS) => {
	const shift = ["-itsoffset", String(lateBySeconds), "-t", String(LATE_SOUND_SECONDS)];
	return large("large-late-sound.mp4", await largeTracks(shift), ["-c:v", "copy"]);
};

/** Cut without encoding again: the edit list leaves out what comes before the cut. */
export const largeMp4Cut = async () =>
	large("large-cut.mp4", ["-ss", "1.234", "-i", await largeMp4()], ["-c", "copy"]);

export const largeMp4WithoutSound = async () => {
	const [option = "", picture = ""] = await largeTracks();
	return large("large-silent.mp4", [option, picture], ["-c", "copy"]);
};

/** Sound in a codec that is not converted. */
export const mkvUnsupportedSound = () => make("wavpack.mkv", encode("libx264", "wavpack"));

export const mp4Truncated = async () => cut(await mp4(), "truncated.mp4");
export const mp4MoovLastTruncated = async () => cut(await mp4MoovLast(), "truncated-moov-last.mp4");
export const largeMp4Truncated = async () => cut(await largeMp4(), "truncated-large.mp4", 2 / 3);
export const largeMkvTruncated = async () => cut(await largeMkv(), "truncated-large.mkv", 2 / 3);
export const mkvTruncated = async () => cut(await mkv(), "truncated.mkv");
export const webmTruncated = async () => cut(await webmOpus(), "truncated.webm");

/** A third of the file, in the middle, is zeros: what an unfinished torrent looks like. */
export const mp4WithHole = async () => {
	const bytes = await readFile(await mp4());
	const third = Math.floor(bytes.length / 3);
	return write("hole.mp4", bytes.fill(0, third, 2 * third));
};

export const textFile = () => write("notes.mp4", Buffer.from("This is no video.\n".repeat(200)));
export const zeros = () => write("zeros.mp4", Buffer.alloc(65_536));
export const randomBytes = () => write("random.mp4", noise(65_536));
export const emptyFile = () => write("empty.mp4", Buffer.alloc(0));
/** Nothing but the head of an MP4: the smallest file that is one, and holds nothing. */
export const mp4HeadOnly = async () =>
	write("head.mp4", (await readFile(await mp4())).subarray(0, 32));

/** Text that ffmpeg would take for a list of further files to open. */
export const hlsPlaylist = (target: string, name: string) =>
	write(
		`${name}.m3u8`,
		Buffer.from(`#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n${target}\n#EXT-X-ENDLIST\n`),
	);
export const concatScript = (target: string, name: string) =>
	write(`${name}.ffconcat`, Buffer.from(`ffconcat version 1.0\nfile '${target}'\n`));
export const dashManifest = (target: string, name: string) =>
	write(
		`${name}.mpd`,
		Buffer.from(
			`<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT3S"><Period><AdaptationSet mimeType="audio/mp4"><Representation id="1" bandwidth="1"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>`,
		),
	);

const FASTSTART = ["-movflags", "+faststart"];

function picture(seconds = MEDIA_SECONDS): string[] {
	return ["-f", "lavfi", "-i", `testsrc=size=160x120:rate=25:duration=${seconds}`];
}

function voice(hz: number, vibratoHz: number): string {
	return `0.2*sin(2*PI*${hz}*t+2*sin(2*PI*${vibratoHz}*t))*(0.6+0.4*sin(2*PI*1.5*t))`;
}

const voices = [
	[voice(220, 5), voice(277.2, 6), voice(659.3, 4)].join("+"),
	[voice(220, 4), voice(329.6, 5), voice(1108.7, 7)].join("+"),
];

/** A chord a side, each of its own, swelling and with vibrato: sound that an encoder has to work on. */
function music(seconds: number): string[] {
	return ["-f", "lavfi", "-i", `aevalsrc=${voices.join("|")}:s=44100:d=${seconds}`];
}

function encode(videoCodec: string, audioCodec?: string): string[] {
	const fast =
		videoCodec === "libx264"
			? ["-preset", "ultrafast", "-pix_fmt", "yuv420p"]
			: ["-deadline", "realtime", "-cpu-used", "8"];
	const video = ["-c:v", videoCodec, ...fast];
	if (!audioCodec) return video;
	return [...picture(), ...music(MEDIA_SECONDS), ...video, "-c:a", audioCodec];
}

function shortSound(): string[] {
	const codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"];
	return [...picture(), ...music(SHORT_SOUND_SECONDS), ...codecs];
}

/** Bytes without order, the same in every run. */
function noise(size: number): Uint8Array {
	const random = seeded(0x9e3779b9);
	return Uint8Array.from({ length: size }, () => random(256));
}

/** Inputs: a picture of noise, which no encoder makes small, and a sound. */
async function largeTracks(beforeSound: readonly string[] = []): Promise<string[]> {
	const testPicture = `testsrc2=size=320x180:rate=25:duration=${LARGE_SECONDS}`;
	const codec = ["-c:v", "libx264", "-preset", "ultrafast", "-b:v", "1800k", "-pix_fmt", "yuv420p"];
	const noise = ["-f", "lavfi", "-i", `${testPicture},noise=alls=80:allf=t`, ...codec];
	const picture = await make("large-picture.mkv", noise);
	const sound = await make("large-sound.wav", music(LARGE_SECONDS));
	return ["-i", picture, ...beforeSound, "-i", sound];
}

function large(name: string, inputs: string[], outputs: readonly string[]): Promise<string> {
	return make(name, [...inputs, "-chunk_duration", "1000000", ...outputs]);
}

export async function make(name: string, args: string[], more: string[] = []): Promise<string> {
	return once(apart(name, JSON.stringify([args, more])), async (path) => {
		// Without threads and its version string ffmpeg writes the same bytes in every run.
		const stable = ["-threads", "1", "-fflags", "+bitexact", "-flags", "+bitexact"];
		const quiet = ["-hide_banner", "-v", "error", "-nostdin", "-y"];
		await promisify(execFile)("ffmpeg", [...quiet, ...args, ...more, ...stable, path]);
	});
}

export function write(name: string, bytes: Uint8Array): Promise<string> {
	return once(apart(name, bytes), (path) => writeFile(path, bytes));
}

/** Two files of one name must not be taken for each other. */
function apart(name: string, content: string | Uint8Array): string {
	return `${createHash("sha256").update(content).digest("hex").slice(0, 8)}-${name}`;
}

/** The first half or so: an upload or a recording that broke off. */
export async function cut(whole: string, name: string, share = 1 / 2): Promise<string> {
	const bytes = await readFile(whole);
	return write(name, bytes.subarray(0, bytes.length * share));
}

const wanted = new Map<string, Promise<string>>();

/** Makes a file at most once in this process, and never shows half of it to another worker. */
function once(name: string, fill: (path: string) => Promise<unknown>): Promise<string> {
	const making = wanted.get(name) ?? makeIfMissing(join(directory(), name), fill);
	wanted.set(name, making);
	return making;
}

async function makeIfMissing(
	path: string,
	fill: (path: string) => Promise<unknown>,
): Promise<string> {
	const exists = await access(path).then(
		() => true,
		() => false,
	);
	if (exists) return path;
	// ffmpeg goes by the suffix, so the draft keeps it.
	const draft = join(dirname(path), `${process.pid}-${basename(path)}`);
	await fill(draft);
	await rename(draft, path);
	return path;
}

let ownDirectory: string | undefined;

function directory(): string {
	const shared = process.env[MEDIA_DIRECTORY];
	if (shared) return shared;
	if (!ownDirectory) {
		const made = mkdtempSync(join(tmpdir(), "earshot-media-"));
		ownDirectory = made;
		process.once("exit", () => rmSync(made, { recursive: true, force: true }));
	}
	return ownDirectory;
}
