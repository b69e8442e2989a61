import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FFMPEG, plainEncode, runCommand } from "../command.ts";

/* `node download-first.ts URL FILE OUTPUT`: all of it to a local file, then plain ffmpeg. */

const [url = "", file = "", output = ""] = process.argv.slice(2);
const { body } = await fetch(url);
if (!body) throw new Error("an answer without a body");
await pipeline(Readable.fromWeb(body), createWriteStream(file));
await runCommand(FFMPEG, plainEncode(file, output));
