/** The last lines of an output, kept to explain a failure. */
export function tailOf(count: number): { add: (line: string) => void; text: () => string } {
	const lines: string[] = [];
	return {
		add(line) {
			lines.push(line);
			if (lines.length > count) lines.shift();
		},
		text: () => lines.join("\n"),
	};
}
