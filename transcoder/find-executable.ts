import { access, constants } from "node:fs/promises";
import { delimiter, resolve, sep } from "node:path";

/** The absolute path of a program, given as a path or as a name to look up in PATH. */
export async function findExecutable(name: string, path = ""): Promise<string | undefined> {
	const candidates = name.includes(sep)
		? [resolve(name)]
		: path.split(delimiter).map((directory) => resolve(directory, name));
	for (const candidate of candidates) {
		const found = await access(candidate, constants.X_OK).then(
			() => true,
			() => false,
		);
		if (found) return candidate;
	}
	return undefined;
}
