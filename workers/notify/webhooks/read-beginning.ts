/** What would draw on a terminal or a page. */
const CONTROL = /[^\P{Cc}\n\t]/gu;

/**
 * The beginning of an answer as text, made fit to be shown; the rest is not read. What breaks off, or
 * takes longer than its request may, ends where it ended: the status has been heard by then.
 */
export async function readBeginning({ body }: Response, bytes: number): Promise<string> {
	const chunks: Uint8Array[] = [];
	const reader = body?.getReader();
	let left = bytes;
	try {
		while (reader !== undefined && left > 0) {
			const { done, value } = await reader.read();
			if (done) break;
			chunks.push(value.subarray(0, left));
			left -= value.byteLength;
		}
		await reader?.cancel();
	} catch {
		// Whatever has come is what there is.
	}
	return Buffer.concat(chunks).toString("utf8").replace(CONTROL, "\ufffd");
}
