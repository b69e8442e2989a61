/** Cuts a stream of text into lines. */
export function lines(onLine: (line: string) => void): (text: string) => void {
	let rest = "";
	return (text) => {
		const parts = (rest + text).split("\n");
		rest = parts.pop() ?? "";
		for (const line of parts) onLine(line);
	};
}
