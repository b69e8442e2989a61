import { createReadStream } from "node:fs";
import { expect, test } from "vitest";
import { make, mp4 } from "../transcoder/test/media.ts";
import { FileHead } from "../workers/gateway/uploads/file-head.ts";

/*
 * What ffmpeg writes in every format that is converted, the gateway lets in.
 */

async function isAccepted(path: string, start = 0): Promise<boolean> {
	const head = new FileHead();
	for await (const chunk of createReadStream(path, { start, highWaterMark: 1000 })) {
		if (head.add(chunk)) break;
	}
	return head.isAcceptable();
}

/** The video in another container, with codecs that it can hold. */
const as = async (name: string, ...codecs: string[]) =>
	make(`accepted-${name}`, ["-i", await mp4(), ...codecs]);

const sound = (codec: string) => ["-vn", "-c:a", codec];
const both = (video: string, audio: string) => ["-c:v", video, "-c:a", audio];

test.each<[string, string[]]>([
	["a.mp4", ["-c", "copy"]],
	["fragmented.mp4", ["-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof"]],
	["a.m4a", sound("aac")],
	["a.m4v", ["-an", "-c", "copy"]],
	["a.mov", ["-c", "copy"]],
	["a.3gp", ["-c", "copy"]],
	["a.mkv", ["-c", "copy"]],
	["a.webm", both("libvpx", "libopus")],
	["a.avi", both("mpeg4", "mp2")],
	["a.flv", both("flv", "aac")],
	["a.ts", ["-c", "copy"]],
	["a.m2ts", ["-c", "copy", "-mpegts_m2ts_mode", "1"]],
	["a.mpg", both("mpeg1video", "mp2")],
	["a.vob", both("mpeg2video", "ac3")],
	["a.ogg", sound("libvorbis")],
	["a.ogv", both("libtheora", "libvorbis")],
	["a.opus", sound("libopus")],
	["a.wmv", both("wmv2", "wmav2")],
	["a.wma", sound("wmav2")],
	["a.wav", sound("pcm_s16le")],
	["a.mp3", sound("libmp3lame")],
	["without-tag.mp3", [...sound("libmp3lame"), "-id3v2_version", "0", "-write_xing", "0"]],
	["a.mp2", sound("mp2")],
	["a.aac", sound("aac")],
	["a.flac", sound("flac")],
])("%s", async (name, codecs) => {
	expect(await isAccepted(await as(name, ...codecs))).toBe(true);
});

test("a TS that begins in the middle of a packet", async () => {
	expect(await isAccepted(await as("a.ts", "-c", "copy"), 10_007)).toBe(true);
});
