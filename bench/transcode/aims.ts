/** What Earshot wants of itself, beside a figure. */
export type Aim = { text: string; isMet: boolean };

export function atMost(
	limit: number,
	figure: number,
	name: string,
	show: (value: number) => string,
): Aim {
	return { text: `${name} ≤ ${show(limit)}: ${show(figure)}`, isMet: figure <= limit };
}

export const asRatio = (value: number) => `${value.toFixed(2)}×`;
export const asMegabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
export const asDecibels = (decibels: number) => `${decibels.toFixed(2)} dB`;

export const showAims = (aims: readonly Aim[]) =>
	aims.map(({ text, isMet }) => `${text}, ${isMet ? "met" : "**not met**"}`).join("; ");

/** Temporary files beside the sound and the MP3. */
export const SPARE_DISK_BYTES = 64e6;
export const MEMORY_BYTES = 350e6;
/** From here on several cores have to pay. */
export const LONG_SECONDS = 300;
