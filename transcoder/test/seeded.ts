/** Whole numbers below a limit, in an order that only the seed decides (xorshift). */
export function seeded(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		return (state >>> 0) % below;
	};
}
