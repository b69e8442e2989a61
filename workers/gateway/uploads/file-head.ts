import { fileTypeFromBuffer } from "file-type";

/** As much as file-type wants to see of a file. */
const HEAD_BYTES = 4100;

/** By file-type's names: what the transcoder may open (transcoder/ffmpeg/formats.ts). */
const ACCEPTED: ReadonlySet<string> = new Set([
	...["mp4", "m4v", "m4a", "m4b", "m4p", "f4v", "f4p", "f4a", "f4b", "mov", "3gp", "3g2", "mj2"],
	...["mkv", "webm", "avi", "flv", "mts", "mpg"],
	...["ogg", "oga", "ogv", "ogm", "ogx", "opus", "spx"],
	...["asf", "wma", "wmv", "wav", "mp1", "mp2", "mp3", "aac", "flac"],
]);

/** For whoever sends something else. */
export const NO_VIDEO =
	"The file is no video or sound that can be converted, whatever its name says. Accepted are MP4, MOV, 3GP, MKV, WebM, AVI, FLV, MPEG, MPEG-TS, OGG, WMV, WAV, MP3, AAC and FLAC.";

/** The first bytes of a file, by which it is told whether it may be a video at all. */
export class FileHead {
	readonly #bytes = new Uint8Array(HEAD_BYTES);
	#filledBytes = 0;

	/** Takes the file's next bytes. True when it has seen enough, from then on always. */
	add(bytes: Uint8Array): boolean {
		const taken = bytes.subarray(0, HEAD_BYTES - this.#filledBytes);
		this.#bytes.set(taken, this.#filledBytes);
		this.#filledBytes += taken.byteLength;
		return this.#filledBytes === HEAD_BYTES;
	}

	/**
	 * Whether the file is in a format that is converted, or in none that is known here: some begin in
	 * the middle, and ffmpeg looks closer. Text is refused, as no video begins with four kilobytes of
	 * it; playlists and scripts that lead elsewhere do.
	 */
	async isAcceptable(): Promise<boolean> {
		const head = this.#bytes.subarray(0, this.#filledBytes);
		const type = await fileTypeFromBuffer(head);
		return type === undefined ? !isText(head) : ACCEPTED.has(type.ext);
	}
}

/** UTF-8 without control characters but for white space; it may be cut in a character. */
function isText(bytes: Uint8Array): boolean {
	if (bytes.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) {
		return false;
	}
	try {
		new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes, { stream: true });
		return true;
	} catch {
		return false;
	}
}
