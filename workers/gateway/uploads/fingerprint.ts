import { createHash } from "node:crypto";

/**
 * What makes two uploads the same: the file, its name, and the fields around it in whatever order. In
 * hex.
 */
export function fingerprint(
	fields: ReadonlyMap<string, string>,
	filename: string,
	sha256: string,
): string {
	const sorted = [...fields].sort(([one], [other]) => (one < other ? -1 : 1));
	return createHash("sha256")
		.update(JSON.stringify([sorted, filename, sha256]))
		.digest("hex");
}
