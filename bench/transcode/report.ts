import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { toSvg } from "./chart.ts";
import { type Table, toMarkdown } from "./table.ts";

/** The figures with all that is needed to read them. */

const DIRECTORY = join(import.meta.dirname, "../../docs/bench");

const METHOD = `
- Contenders take turns (A B C A B C …). Times are medians with their range; ratios are medians over the rounds, each of neighbours, because machines drift.
- CPU seconds and memory are of the process and all that it starts (\`/proc\`). Memory is resident memory added up every 50 ms, so pages that processes share count more than once; it, and disk, are the highest of all rounds. Temporary disk includes the MP3.
- "Encode alone" is the transcoder's encode in a process of its own; a transcoder too has started, and probed the file, before. "Whole job" is the real transcoder process from its claim to the settlement: fetch, probe, encode, check, store. Without a limit it fetches from a store on the same machine, which takes part of the same cores. Its process has converted two videos of 20 s before, as it would have in service: Node compiles what it runs.
- (d) is what MoviePy does in the systems that Earshot replaces, without Python's share: a relay in Node, at \`-q:a 2\` like the others.
- Links are loopback, throttled (one token bucket for all connections) and delayed (each request). No TLS, no packet loss. Storing the MP3 is delayed but not throttled, as nobody else has to store.
- Samples: 1.5 Mbit/s of noise as picture, music-like sound as AAC at 160 kbit/s, two minutes repeated.
- The chart shows the local files, the mixed ones, and of those over the slow link the first container of each length.
- What a finished upload waits beyond the encode is measured by \`npm run bench\`.`.trim();

export function toReport(machine: string, runs: number, tables: readonly Table[]): string {
	const head = `# Transcoding, measured\n\n\`npm run bench:transcode\`, rounds: ${runs}. ${machine}.`;
	return `${[head, METHOD, ...tables.map(toMarkdown)].join("\n\n")}\n`;
}

export async function writeReport(
	name: string,
	report: string,
	tables: readonly Table[],
): Promise<void> {
	await mkdir(DIRECTORY, { recursive: true });
	const picture = `![Time to convert, by contender](${name}.svg)`;
	await writeFile(join(DIRECTORY, `${name}.md`), report.replace("\n\n- ", `\n\n${picture}\n\n- `));
	await writeFile(join(DIRECTORY, `${name}.svg`), toSvg(tables));
}
