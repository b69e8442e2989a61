/** Which bytes of a file a `Range` header asks for. */
export type ByteRange =
	/** No range, or one that RFC 9110 lets us ignore: answer with the whole file. */
	{ type: "whole" } | { type: "part"; offset: number; length: number } | { type: "unsatisfiable" };

/**
 * Reads a `Range` header (RFC 9110, section 14) for a file of a known size. Malformed ranges,
 * other units and several ranges at once are ignored, as the RFC allows.
 */
export function byteRange(header: string | undefined, sizeBytes: number): ByteRange {
	const match = /^bytes=(\d*)-(\d*)$/i.exec(header?.replace(/\s/g, "") ?? "");
	const [, first = "", last = ""] = match ?? [];
	if (first === "" && last === "") return { type: "whole" };
	if (first === "") {
		const length = Math.min(Number(last), sizeBytes);
		return length === 0
			? { type: "unsatisfiable" }
			: { type: "part", offset: sizeBytes - length, length };
	}
	const offset = Number(first);
	const end = last === "" ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
	if (last !== "" && Number(last) < offset) return { type: "whole" };
	if (offset >= sizeBytes) return { type: "unsatisfiable" };
	return { type: "part", offset, length: end - offset + 1 };
}
