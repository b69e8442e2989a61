/** Of a letter that cannot be read. Enough to see what it is and where it comes from. */
const MAX_KEPT_CHARACTERS = 4096;

/**
 * URLs, and runs of characters as tokens, keys and signatures have them. Of the shortest secret that
 * a message of ours holds, an access key's id, there are 32.
 */
const SUSPECTS = /https?:\/\/[^\s"'<>\\]+|[\w+/=%~.-]{24,}/gi;

const OUR_IDS = /^(?:cnv|usr|whk|evt)_\w{1,60}$/;

const MASK = "[masked]";

/**
 * The body of a letter that cannot be read, as it may be kept and shown: JSON, cut when it is long,
 * and with all taken out of it that looks as if somebody could do something with it.
 */
export function keptBody(body: unknown): unknown {
	// Masked before it is cut, or half a secret might pass.
	const masked = textOf(body).replace(SUSPECTS, (suspect) =>
		/^https?:/i.test(suspect) ? maskedUrl(suspect) : maskedRun(suspect),
	);
	if (masked.length > MAX_KEPT_CHARACTERS) return `${masked.slice(0, MAX_KEPT_CHARACTERS)}…`;
	return parsed(masked) ?? masked;
}

/** In JSON, if it is or can be. */
function textOf(body: unknown): string {
	if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) {
		return textOf(new TextDecoder().decode(body));
	}
	try {
		const value = typeof body === "string" ? (parsed(body) ?? body) : body;
		return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
	} catch {
		// A bigint, a cycle, or thousands of arrays in each other.
		return `a message that is not JSON: ${typeof body}`;
	}
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Where it leads. What stands before the host or after the path may be what opens it. */
function maskedUrl(text: string): string {
	const url = URL.parse(text);
	if (url === null) return MASK;
	const path = url.pathname.split("/").map(maskedSegment).join("/");
	const secret = url.search + url.hash + url.username + url.password;
	return `${url.protocol}//${url.host}${path}${secret === "" ? "" : `?${MASK}`}`;
}

const maskedSegment = (segment: string): string =>
	segment.length < 24 ? segment : maskedRun(segment);

const maskedRun = (run: string): string => (OUR_IDS.test(run) ? run : MASK);
