/**
 * An error as one line for the log: its message and those of its causes ("fetch failed" says
 * nothing, its cause "connect ECONNREFUSED …" does). URLs are taken out: here they are secrets.
 */
export function errorText(error: unknown): string {
	const messages: string[] = [];
	for (let link = error; link !== undefined && messages.length < 4; ) {
		messages.push(link instanceof Error ? link.message || link.name : String(link));
		link = link instanceof Error ? link.cause : undefined;
	}
	return messages.join(": ").replace(/\bhttps?:\/\/\S+/gi, "[url]");
}
