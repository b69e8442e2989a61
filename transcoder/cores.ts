/** The machine's cores, shared out among the attempts that run on it. */
export type Cores = {
	/** Counts an attempt until it is disposed of. */
	enter: () => Disposable;
	/** How many an attempt may use now: all of them when it is alone, one when there is a queue. */
	share: () => number;
};

export function createCores(total: number): Cores {
	let attempts = 0;
	return {
		enter: () => {
			attempts += 1;
			return {
				[Symbol.dispose]: () => {
					attempts -= 1;
				},
			};
		},
		share: () => Math.max(1, Math.floor(total / Math.max(1, attempts))),
	};
}
