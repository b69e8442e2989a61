import { spawn } from "node:child_process";
import { once } from "node:events";
import { FFMPEG } from "../command.ts";

/*
 * `node pcm-relay.ts INPUT OUTPUT`: what MoviePy's `VideoFileClip(x).audio.write_audiofile(y)` does.
 * One ffmpeg decodes to 16-bit PCM at 44.1 kHz, the caller passes it on in pieces of 200 000
 * samples, another ffmpeg encodes. MoviePy also opens the picture, turns each sample into a
 * floating point number and back in Python, and pads to the picture's length: none of that is done
 * here, so this is faster than it is. And `-q:a 2` where MoviePy would leave LAME at 128 kbit/s.
 */

const [input = "", output = ""] = process.argv.slice(2);
const BUFFER_BYTES = 200_000 * 2 * 2;

const pcm = ["-ar", "44100", "-ac", "2"];
const decoder = spawn(
	FFMPEG,
	["-v", "error", "-i", input, "-vn", "-f", "s16le", "-acodec", "pcm_s16le", ...pcm, "-"],
	{ stdio: ["ignore", "pipe", "inherit"] },
);
const encoder = spawn(
	FFMPEG,
	[
		...["-v", "error", "-y", "-f", "s16le", "-acodec", "pcm_s16le", ...pcm, "-i", "-"],
		...["-vn", "-acodec", "libmp3lame", "-q:a", "2", "-ar", "44100", output],
	],
	{ stdio: ["pipe", "ignore", "inherit"] },
);
const ended = Promise.all([once(decoder, "exit"), once(encoder, "exit")]);

const write = (bytes: Buffer) =>
	new Promise<void>((resolve, reject) => {
		encoder.stdin.write(bytes, (error) => (error ? reject(error) : resolve()));
	});

const buffer = Buffer.alloc(BUFFER_BYTES);
let held = 0;
for await (const chunk of decoder.stdout as AsyncIterable<Buffer>) {
	for (let taken = 0; taken < chunk.length; ) {
		const copied = chunk.copy(buffer, held, taken);
		taken += copied;
		held += copied;
		if (held < BUFFER_BYTES) continue;
		await write(buffer);
		held = 0;
	}
}
await write(buffer.subarray(0, held));
encoder.stdin.end();
for (const [code] of await ended) if (code !== 0) process.exit(1);
