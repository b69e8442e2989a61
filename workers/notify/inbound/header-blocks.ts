/** Of one part: more blocks than a report has recipients, and more text than their headers. */
const MAX_TEXT = 64 * 1024;

/**
 * Blocks of header fields with empty lines between them, as reports have them (RFC 3464, 2.1.1): by
 * lower-case names, unfolded, the first of each name.
 */
export function headerBlocks(text: string): Map<string, string>[] {
	const unfolded = text.slice(0, MAX_TEXT).replace(/\r?\n[ \t]+/g, " ");
	return unfolded
		.split(/(?:\r?\n){2,}/)
		.map((block) => {
			const fields = new Map<string, string>();
			for (const line of block.split(/\r?\n/)) {
				const colon = line.indexOf(":");
				const name = line.slice(0, colon).trim().toLowerCase();
				if (colon > 0 && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
			}
			return fields;
		})
		.filter((fields) => fields.size > 0);
}
