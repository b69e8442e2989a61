/** What is not JSON reads as `undefined`, which no schema takes. */
export function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
