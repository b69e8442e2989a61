/** What becomes of a lease when its message has been dealt with. */
export type Disposition =
	| { type: "acknowledge" }
	/** The message can be pulled again, by anyone, after the delay. */
	| { type: "give_back"; delaySeconds: number };

export const acknowledge: Disposition = { type: "acknowledge" };

export function giveBack(delaySeconds: number): Disposition {
	return { type: "give_back", delaySeconds };
}
