/*
 * Options as people write them in a mail: "voice", "320k", "from 1:30 to 2:00".
 */

type Options = Record<string, string>;

/** Each way to say something, and the options that it means. */
const PHRASES: readonly [pattern: RegExp, mean: (match: RegExpExecArray) => Options][] = [
	[/^(best|high|standard|voice)(?: quality)?/, ([, quality = ""]) => ({ quality })],
	[/^(\d{1,3}) ?k(?:b(?:it|ps)?(?:\/s)?)?/, ([, bitrateKbps = ""]) => ({ bitrateKbps })],
	[
		/^(\d{1,2}(?:\.\d{1,3})?) ?khz/,
		([, kHz]) => ({ sampleRateHz: String(Math.round(Number(kHz) * 1000)) }),
	],
	[/^mono/, () => ({ channels: "1" })],
	[/^stereo/, () => ({ channels: "2" })],
	[
		/^(?:under|below|at most|max) (\d{1,4}(?:\.\d{1,3})?) ?mb/,
		([, megabytes]) => ({ fitBytes: String(Math.floor(Number(megabytes) * 1_000_000)) }),
	],
	[
		/^from ((?:\d{1,3}:){0,2}\d{1,5}(?:\.\d{1,3})?)/,
		([, at = ""]) => ({ startSeconds: seconds(at) }),
	],
	[
		/^(?:to|until) ((?:\d{1,3}:){0,2}\d{1,5}(?:\.\d{1,3})?)/,
		([, at = ""]) => ({ endSeconds: seconds(at) }),
	],
	[/^(-\d{1,2}(?:\.\d)?) ?lufs/, ([, loudnessLufs = ""]) => ({ loudnessLufs })],
	[/^track (\d{1,2}|[a-z]{2,3})/, ([, track = ""]) => ({ track })],
];

/** Between phrases: "voice, 44.1 kHz and mono please". */
const BETWEEN = /^(?:[\s,;.!+&]+|and\b|please\b|thanks?\b)+/;

/** What a mail program, or politeness, puts before a subject. */
const PREFIX = /^(?:\s*(?:re|fwd?|aw|wg)\s*:)+/i;

/**
 * The options that a text consists of; null: it says anything else. A text of which only a part would
 * be an option means something else: "my best holiday" asks for nothing.
 */
export function optionsInWords(text: string): Options | null {
	let rest = text.replace(PREFIX, "").replaceAll("−", "-").toLowerCase().trim();
	let options: Options = {};
	if (rest === "") return null;
	while (rest !== "") {
		const between = BETWEEN.exec(rest)?.[0].length ?? 0;
		rest = rest.slice(between);
		if (rest === "") break;
		const found = phraseAt(rest);
		if (found === null) return null;
		options = { ...options, ...found.options };
		rest = rest.slice(found.length);
		// A phrase ends where a word does.
		if (/^[\p{L}\p{N}]/u.test(rest)) return null;
	}
	return options;
}

/** What a mail asks for: by its subject, and by the first line of its text, which counts for more. */
export function optionsOf(subject: string, text: string): Options {
	const [firstLine = ""] = text.trimStart().split(/\r?\n/, 1);
	// "Best," is how people take their leave.
	const isPhrase = /,\s*$/.test(firstLine);
	return { ...optionsInWords(subject), ...(isPhrase ? null : optionsInWords(firstLine)) };
}

function phraseAt(text: string): { options: Options; length: number } | null {
	for (const [pattern, mean] of PHRASES) {
		const match = pattern.exec(text);
		if (match !== null) return { options: mean(match), length: match[0].length };
	}
	return null;
}

/** `90`, `1:30` and `0:01:30` are the same. */
const seconds = (text: string): string =>
	String(text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0));
