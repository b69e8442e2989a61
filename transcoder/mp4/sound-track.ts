import { beginsSeconds } from "./beginning.ts";
import { type Box, boxAt, boxesIn } from "./boxes.ts";
import { type Chunks, readChunks } from "./chunks.ts";
import { type Surprise, surprise } from "./surprise.ts";
import { readTable } from "./table.ts";

/** The track that ffmpeg takes for `0:a:n`: the one at this place of those whose handler is sound. */
export type SoundTrack = {
	trak: Box;
	chunks: Chunks;
	/** All that `moov` holds, in its order. */
	children: Box[];
};

/** Tracks that are surely no sound. Of others ffmpeg decides by their codec whether they are. */
const SILENT_HANDLERS = new Set(["vide", "tmcd", "text", "sbtl", "subt", "clcp", "meta", "hint"]);

/** What has to be looked at or listened to, and so has a beginning. */
const SHOWN_HANDLERS = new Set(["vide", "soun"]);

/**
 * A movie that begins a second or more after zero is a piece of something longer, whose time then
 * begins where it does (plan/timeline.ts): which cannot be told from one of its sounds. Half as much,
 * so that it does not depend on how times are rounded.
 */
const FAR_SECONDS = 0.5;

/** @param moov with its header. */
export function findSoundTrack(moov: Buffer, place: number): SoundTrack | Surprise {
	const [box] = boxesIn(moov, 0, moov.length) ?? [];
	const children = box && boxesIn(moov, box.body, box.end);
	if (!children) return surprise("moov is not made of boxes");
	const mvhd = boxAt(moov, box, "mvhd");
	if (!mvhd) return surprise("no single mvhd");
	if (children.some(({ type }) => type === "mvex")) return surprise("fragmented");
	// iTunes' note of the encoder's delay. ffmpeg takes it for the last track's, whichever that is.
	if (moov.includes("iTunSMPB", 0, "latin1")) return surprise("iTunSMPB");

	const traks = children.filter(({ type }) => type === "trak");
	if (traks.some((trak) => boxAt(moov, trak, "tref", "chap")) && !hasChapterList(moov, box)) {
		return surprise("chapters in a track");
	}
	let soundsBefore = 0;
	for (const trak of traks) {
		const handler = handlerOf(moov, trak);
		if (handler !== "soun" && !SILENT_HANDLERS.has(handler)) return surprise("unknown handler");
		if (handler !== "soun" || soundsBefore++ < place) continue;
		if (!isSelfContained(moov, trak)) return surprise("media in another file");
		const stbl = boxAt(moov, trak, "mdia", "minf", "stbl");
		if (!stbl) return surprise("no stbl");
		const chunks = readChunks(moov, stbl);
		if ("surprise" in chunks) return chunks;
		const shown = traks.filter((each) => SHOWN_HANDLERS.has(handlerOf(moov, each)));
		if (shown.every((each) => beginsSeconds(moov, mvhd, each) >= FAR_SECONDS)) {
			return surprise("begins far from zero");
		}
		return { trak, chunks, children };
	}
	return surprise("no such sound track");
}

/** Nero's chapters, which stand beside the tracks. */
function hasChapterList(moov: Buffer, box: Box): boolean {
	return boxAt(moov, box, "udta", "chpl") !== undefined;
}

/** `""` if it does not say. */
function handlerOf(moov: Buffer, trak: Box): string {
	const hdlr = boxAt(moov, trak, "mdia", "hdlr");
	if (!hdlr || hdlr.end - hdlr.body < 12) return "";
	return moov.toString("latin1", hdlr.body + 8, hdlr.body + 12);
}

/** Every data reference must have the flag that says: in this very file. */
function isSelfContained(moov: Buffer, trak: Box): boolean {
	const dref = boxAt(moov, trak, "mdia", "minf", "dinf", "dref");
	const table = dref && readTable(moov, dref, 12);
	const entries = table && boxesIn(moov, table.at, dref.end);
	if (!entries || entries.length === 0 || entries.length !== table.count) return false;
	return entries.every(({ body, end }) => end - body >= 4 && (moov.readUInt32BE(body) & 1) === 1);
}
