import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** What a directory takes up, as `du` counts; of what vanishes meanwhile, nothing. */
export function diskUsageBytes(directory: string): number {
	let bytes = 0;
	for (const entry of entriesOf(directory)) {
		const path = join(directory, entry.name);
		bytes += entry.isDirectory() ? diskUsageBytes(path) : fileBytes(path);
	}
	return bytes;
}

function entriesOf(directory: string) {
	try {
		return readdirSync(directory, { withFileTypes: true });
	} catch {
		return [];
	}
}

function fileBytes(path: string): number {
	try {
		return lstatSync(path).blocks * 512;
	} catch {
		return 0;
	}
}
