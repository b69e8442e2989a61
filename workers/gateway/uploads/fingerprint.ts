import { Sha256 } from "./sha256.ts";

/**
 * What makes two uploads the same: the file, its name, and the fields around it in whatever order. In
 * hex.
 */
export async function fingerprint(
	fields: ReadonlyMap<string, string>,
	filename: string,
	sha256: string,
): Promise<string> {
	const sorted = [...fields].sort(([one], [other]) => (one < other ? -1 : 1));
	const hash = new Sha256();
	await hash.write(new TextEncoder().encode(JSON.stringify([sorted, filename, sha256])));
	return hash.hex();
}
