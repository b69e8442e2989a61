/** A command that may use the machine's first cores only; `undefined`: all there are. */
export function onCores(
	cores: number | undefined,
	command: string,
	args: readonly string[],
): [command: string, args: string[]] {
	if (cores === undefined) return [command, [...args]];
	return ["taskset", ["--cpu-list", `0-${cores - 1}`, command, ...args]];
}
