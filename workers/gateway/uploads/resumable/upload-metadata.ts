import { type ConversionOptions, conversionOptions } from "#contracts/conversion-options.ts";
import { describeIssues } from "../../http/describe-issues.ts";

/** `Upload-Metadata`, as @tus/server has parsed it. */
export type UploadMetadata = Record<string, string | null>;

/** What is asked for in `options`: JSON, as in `POST /conversions`. */
export function wishesOf(
	metadata: UploadMetadata,
): { ok: true; options: ConversionOptions } | { ok: false; detail: string } {
	let json: unknown;
	try {
		json = JSON.parse(metadata["options"] ?? "{}");
	} catch {
		return { ok: false, detail: "`options` of Upload-Metadata is not JSON." };
	}
	const parsed = conversionOptions.safeParse(json);
	if (parsed.success) return { ok: true, options: parsed.data };
	return { ok: false, detail: describeIssues(parsed.error) };
}

/** The video's, in hex, as its uploader says: a lie finds nobody's conversions but their own. */
export function sha256Of(metadata: UploadMetadata): string | null {
	const sha256 = metadata["sha256"]?.toLowerCase();
	return sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : null;
}
