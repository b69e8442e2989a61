const WIDTH = 40;

export interface ProgressBar {
	/** @param fraction 0 to 1. */
	show(fraction: number, label: string): void;
	end(): void;
}

/** A bar that redraws itself on a terminal; elsewhere it prints a line a step, for logs. */
export function progressBar(out: NodeJS.WriteStream): ProgressBar {
	let last = "";
	return {
		show(fraction, label) {
			const filled = Math.round(fraction * WIDTH);
			const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
			const percent = String(Math.round(fraction * 100)).padStart(3);
			const line = `  ${bar} ${percent} % ${label}`;
			if (line === last) return;
			last = line;
			out.write(out.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
		},
		end() {
			if (out.isTTY) out.write("\n");
		},
	};
}
