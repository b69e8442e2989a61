import { describe, expect, test } from "vitest";
import { createLog } from "../log.ts";

/** What strangers write into names and tags, and what it would do to whoever reads the log. */
const HOSTILE = [
	["a line break, and a line that looks like ours", 'x\n{"level":"info","event":"converted"}'],
	["terminal commands", "\u001b[2J\u001b]0;owned\u0007 \u009b31m"],
	["Unicode's own line breaks", "one\u2028two\u2029three\u0085four"],
	["a turned reading direction", "\u202egpj.exe\u2066\u200f"],
	["what cannot be seen", "a\u200bb\ufeffc\u{e0041}d"],
	["half a character", "\ud800"],
	["a shell's and printf's words", "$(reboot); `rm -rf /` ../../etc/passwd %s%n"],
] as const;

describe("the log", () => {
	test.for(HOSTILE)("stays one printable line a record, and loses nothing: %s", ([, text]) => {
		const lines: string[] = [];
		const log = createLog("debug", (line) => lines.push(line));
		log.bind({ [text]: 1 }).info("event", { detail: text, issues: [text] });

		expect(lines).toHaveLength(1);
		expect(lines[0]).toMatch(/^[^\p{C}\p{Zl}\p{Zp}]+\n$/u);
		expect(JSON.parse(lines[0] ?? "")).toMatchObject({ [text]: 1, detail: text, issues: [text] });
	});
});
