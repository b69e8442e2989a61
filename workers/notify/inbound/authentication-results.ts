/** One result of a header, such as `dmarc=pass header.from=example.com`. */
export interface AuthenticationResult {
	method: string;
	result: string;
	/** By lower-case names: `header.from`. */
	properties: Map<string, string>;
}

export interface AuthenticationResults {
	/** Whose results they are. */
	server: string;
	results: AuthenticationResult[];
}

/**
 * Reads the value of an Authentication-Results header (RFC 8601, 2.2). Null: it is none. Whatever is not
 * as it should be is no result, so that a trick with quotes or comments makes nobody pass.
 */
export function parseAuthenticationResults(value: string): AuthenticationResults | null {
	const words = wordsOf(value);
	if (words === null) return null;
	const [head = [], ...rest] = splitAt(words, ";");
	const [server, version] = head;
	if (server === undefined || /[=;]/.test(server)) return null;
	if (head.length > 2 || (version !== undefined && version !== "1")) return null;
	const results = rest.filter((one) => one.length > 0).map(resultOf);
	if (results.some((one) => one === null)) return null;
	return { server: server.toLowerCase(), results: results.filter((one) => one !== null) };
}

function resultOf([first = "", ...others]: string[]): AuthenticationResult | null {
	// `none`: nothing was checked.
	if (first.toLowerCase() === "none" && others.length === 0) {
		return { method: "none", result: "none", properties: new Map() };
	}
	const [, method, result] = /^([a-z0-9-]+)(?:\/\d+)?=([a-z0-9-]+)$/i.exec(first) ?? [];
	if (method === undefined || result === undefined) return null;
	const properties = new Map<string, string>();
	for (const word of others) {
		const equals = word.indexOf("=");
		const name = word.slice(0, equals).toLowerCase();
		if (equals <= 0 || properties.has(name)) return null;
		properties.set(name, word.slice(equals + 1));
	}
	return { method: method.toLowerCase(), result: result.toLowerCase(), properties };
}

/**
 * Splits at white space, with `;` a word of its own. Comments are left out; what is quoted loses its
 * quotes and stays in its word. Null: a quote or a comment does not end, or a word has none of the
 * characters that these headers have.
 */
function wordsOf(value: string): string[] | null {
	const TOKEN = /\((?:[^()\\]|\\.)*\)|"((?:[^"\\]|\\.)*)"|[^\s;"()\\]+|;|\s+/sy;
	const words: string[] = [];
	let isInWord = false;
	// Comments may be nested: the innermost are taken out first.
	let text = value;
	for (let depth = 0; depth < 10; depth++) text = withoutComments(text);
	TOKEN.lastIndex = 0;
	while (TOKEN.lastIndex < text.length) {
		const match = TOKEN.exec(text);
		if (match === null) return null;
		const [token, quoted] = match;
		if (token.trim() === "" || token.startsWith("(")) {
			isInWord = false;
		} else if (token === ";") {
			words.push(token);
			isInWord = false;
		} else {
			const word = quoted === undefined ? token : quoted.replace(/\\(.)/gs, "$1");
			if (/[\s;]/.test(word)) return null;
			if (isInWord) words.push((words.pop() ?? "") + word);
			else words.push(word);
			isInWord = true;
		}
	}
	return words;
}

/** Leaves quoted strings alone. */
const withoutComments = (text: string): string =>
	text.replace(/"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)/gs, (part) =>
		part.startsWith("(") ? " " : part,
	);

function splitAt(words: string[], separator: string): string[][] {
	const parts: string[][] = [[]];
	for (const word of words) {
		if (word === separator) parts.push([]);
		else parts.at(-1)?.push(word);
	}
	return parts;
}
