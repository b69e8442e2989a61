import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { clip } from "../media.ts";
import { box, words } from "../movie.ts";
import type { Attack, Targets } from "./attack.ts";
import { element } from "./ebml.ts";
import { soundMovie } from "./sound-movie.ts";

/** Files that name other files or hosts, in every way that ffmpeg knows and some that it does not. */
export function references({ port, canary }: Targets): Attack[] {
	const host = `127.0.0.1:${port}`;
	const http = `http://${host}/canary.mp4`;
	const fileUrl = pathToFileURL(canary).href;
	const places: [string, string][] = [
		["a path", canary],
		["a file URL", fileUrl],
		["a neighbour", "canary.mp4"],
		["a file further up", "../../canary.mp4"],
		["a URL", http],
	];
	const uris: [string, string][] = [
		...places,
		["/etc/passwd", "/etc/passwd"],
		["crypto:", `crypto+${fileUrl}`],
		["subfile:", `subfile,,start,0,end,64,,:${canary}`],
		["concat:", `concat:${canary}|${http}`],
		["data:", "data:audio/x-wav;base64,UklGRiQAAABXQVZF"],
		["tcp:", `tcp://${host}`],
		["udp:", `udp://${host}`],
		["rtp:", `rtp://${host}`],
		["rtmp:", `rtmp://${host}/live/canary`],
		["ftp:", `ftp://${host}/canary.mp4`],
		["a pipe", "pipe:0"],
	];
	const refused = (name: string, text: string): Attack => ({
		name,
		bytes: () => Buffer.from(text),
		end: "corrupt_input",
	});
	return [
		...uris.map(([what, uri]) => refused(`an HLS playlist of ${what}`, playlist(uri))),
		refused("an HLS playlist of playlists", `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n${http}\n`),
		refused("an HLS playlist with a key elsewhere", playlist("canary.mp4", key(http))),
		refused("an HLS playlist with a header elsewhere", playlist(http, map(canary))),
		...places.map(([what, place]) => refused(`a concat script of ${what}`, concatScript(place))),
		...places.map(([what, place]) => refused(`a DASH manifest of ${what}`, dashManifest(place))),
		refused("an SDP description", sdp(port)),
		refused("text with an RTSP URL", `rtsp://${host}/canary\n`),
		refused("RTSP's own words", `DESCRIBE rtsp://${host}/canary RTSP/1.0\r\nCSeq: 1\r\n\r\n`),
		refused("an ASF redirection", `[Reference]\r\nRef1=${http}\r\nRef2=mmst://${host}/canary\r\n`),
		refused("an ASX list", `<asx version="3.0"><entry><ref href="${http}"/></entry></asx>`),
		refused("a data: URI", "data:audio/x-wav;base64,UklGRiQAAABXQVZFZm10IBAAAAABAAEA"),
		refused("a list of image names", `canary-%03d.png\n${canary}\n`),
		refused("a VobSub index", vobSubIndex),
		refused("SubRip subtitles", "1\n00:00:00,000 --> 00:00:02,000\ncanary\n\n"),
		refused("WebVTT subtitles", "WEBVTT\n\n00:00.000 --> 00:02.000\ncanary\n"),
		refused("ASS subtitles", assSubtitles(canary)),
		refused("an IMF composition", imfComposition),
		refused("an IMF asset map", imfAssetMap(http)),
		refused("ffmpeg's metadata", `;FFMETADATA1\ntitle=canary\nurl=${http}\n`),
		...["url ", "alis", "rsrc"].flatMap((type) =>
			[canary, "canary.mp4", http].map((place) => ({
				name: `a QuickTime movie whose sound is at ${type.trim()} ${kindOf(place)}`,
				bytes: () => soundMovie({ reference: reference(type, place) }),
				end: "corrupt_input" as const,
			})),
		),
		...[fileUrl, http].map((place) => ({
			name: `a QuickTime reference movie to ${kindOf(place)}`,
			bytes: () => referenceMovie(place),
			end: "no_audio_track" as const,
		})),
		{
			name: "an AVI file whose subtitles are a playlist",
			bytes: async () => withPlaylist(await readFile(await clip("avi")), http),
			end: "either",
		},
		{
			name: "a Matroska file that goes on in another",
			bytes: async () => withLinks(await readFile(await clip("mkv")), canary),
			end: "converted",
		},
	];
}

function kindOf(place: string): string {
	if (place.includes("://")) return place.slice(0, place.indexOf(":"));
	return place.startsWith("/") ? "a path" : "a neighbour";
}

function playlist(uri: string, more = ""): string {
	const head = `#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:3\n${more}`;
	return `${head}#EXTINF:3,\n${uri}\n#EXT-X-ENDLIST\n`;
}
const key = (uri: string) => `#EXT-X-KEY:METHOD=AES-128,URI="${uri}"\n`;
const map = (uri: string) => `#EXT-X-MAP:URI="${uri}"\n`;

function concatScript(place: string): string {
	return `ffconcat version 1.0\nfile '${place}'\nduration 3\n`;
}

function dashManifest(place: string): string {
	const representation = `<Representation id="1" bandwidth="1"><BaseURL>${place}</BaseURL></Representation>`;
	return `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT3S"><Period><AdaptationSet mimeType="audio/mp4">${representation}</AdaptationSet></Period></MPD>`;
}

function sdp(port: number): string {
	const session = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=canary\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n";
	return `${session}m=audio ${port} RTP/AVP 96\r\na=rtpmap:96 L16/44100/2\r\n`;
}

/** ffmpeg goes from `name.idx` to `name.sub`. */
const vobSubIndex = `# VobSub index file, v7 (do not modify this line!)
size: 720x576
palette: ${Array(16).fill("000000").join(", ")}
langidx: 0
id: en, index: 0
timestamp: 00:00:00:000, filepos: 000000000
timestamp: 00:00:02:000, filepos: 000000800
`;

function assSubtitles(font: string): string {
	return `[Script Info]\nScriptType: v4.00+\n\n[Fonts]\nfontname: ${font}\n\n[Events]\nFormat: Layer, Start, End, Text\nDialogue: 0,0:00:00.00,0:00:02.00,canary\n`;
}

const ASSET = "urn:uuid:00000000-0000-4000-8000-000000000001";
const imfComposition = `<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>${ASSET}</Id><ContentTitle>canary</ContentTitle><EditRate>25 1</EditRate><SegmentList><Segment><SequenceList><MainAudioSequence xmlns="http://www.smpte-ra.org/schemas/2067-2/2016"><TrackId>${ASSET}</TrackId><ResourceList><Resource><TrackFileId>${ASSET}</TrackFileId><IntrinsicDuration>75</IntrinsicDuration></Resource></ResourceList></MainAudioSequence></SequenceList></Segment></SegmentList></CompositionPlaylist>`;
const imfAssetMap = (place: string) =>
	`<?xml version="1.0"?><AssetMap xmlns="http://www.smpte-ra.org/schemas/429-9/2007/AM"><AssetList><Asset><Id>${ASSET}</Id><ChunkList><Chunk><Path>${place}</Path></Chunk></ChunkList></Asset></AssetList></AssetMap>`;

/**
 * An entry of `dref` that says: the samples are elsewhere. An alias is Apple's record of 150 bytes
 * and then what we are here for, the path.
 */
function reference(type: string, place: string): Buffer {
	if (type !== "alis" && type !== "rsrc") {
		return box(type, words(0), Buffer.from(`${place}\0`));
	}
	const volume = Buffer.alloc(28);
	const name = Buffer.alloc(64);
	const file = place.split("/").at(-1) ?? "";
	name.writeUInt8(file.length);
	name.write(file, 1);
	const levels = Buffer.from([0, 1, 0, 1]);
	const path = Buffer.from(place);
	const absolute = Buffer.concat([half(2), half(path.length), path, Buffer.alloc(path.length % 2)]);
	const parts = [Buffer.alloc(10), volume, Buffer.alloc(12), name, Buffer.alloc(16), levels];
	return box(type, words(0), ...parts, Buffer.alloc(16), absolute, half(0xffff), half(0));
}

function half(value: number): Buffer {
	const bytes = Buffer.alloc(2);
	bytes.writeUInt16BE(value);
	return bytes;
}

/** https://developer.apple.com/documentation/quicktime-file-format/reference_movie_atom */
function referenceMovie(place: string): Buffer {
	const location = Buffer.from(`${place}\0`);
	const data = box("rdrf", words(0), Buffer.from("url "), words(location.length), location);
	return Buffer.concat([
		box("ftyp", Buffer.from("qt  "), words(0), Buffer.from("qt  ")),
		box("moov", box("rmra", box("rmda", data))),
	]);
}

/**
 * Subtitles in an AVI file are a file in a packet, for which ffmpeg looks for a demuxer: the way in
 * of a well-known attack. The first chunks of sound are replaced by such a packet.
 */
function withPlaylist(avi: Buffer, uri: string): Buffer {
	const text = Buffer.from(playlist(uri));
	const name = Buffer.alloc(4);
	const size = Buffer.alloc(6);
	size.writeUInt32LE(text.length, 2);
	const packet = Buffer.concat([Buffer.from("GAB2\0\x02\0"), name, size, text]);
	const subtitles = Buffer.from(avi);
	subtitles.write("txts", avi.indexOf("auds"), "latin1");
	const chunk = avi.indexOf("01wb") + 8;
	packet.copy(subtitles, chunk);
	return subtitles;
}

/** https://www.matroska.org/technical/ordering.html: linked segments and ordered chapters. */
function withLinks(mkv: Buffer, place: string): Buffer {
	const id = Buffer.alloc(16, 7);
	const links = [
		element("73a4", Buffer.alloc(16, 1)),
		...["3cb923", "3eb923"].map((uid) => element(uid, id)),
		...["7384", "3c83ab", "3e83bb"].map((name) => element(name, Buffer.from(place))),
	];
	const chapter = element("b6", element("73c4", Buffer.from([1])), element("6e67", id));
	const edition = element("45b9", element("45dd", Buffer.from([1])), chapter);
	const described = element("467e", Buffer.from(place));
	const attached = element("61a7", described, element("466e", Buffer.from(`../../${place}`)));
	// Its segment now does not say where it ends, and goes on after the last cluster.
	const segment = mkv.indexOf(Buffer.from("18538067", "hex"));
	mkv.write("01ffffffffffffff", segment + 4, "hex");
	const more = [element("1549a966", ...links), element("1043a770", edition)];
	return Buffer.concat([mkv, ...more, element("1941a469", attached)]);
}
