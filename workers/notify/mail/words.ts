/*
 * Figures as people read them in a mail.
 */

/** `950 kB`, `3.2 MB`: decimal units, as file managers show them. */
export function sizeInWords(bytes: number): string {
	if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1000))} kB`;
	if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`;
	return `${(bytes / 1_000_000_000).toFixed(2)} GB`;
}

/** `42 s`, `3 min 07 s`, `1 h 02 min`. */
export function durationInWords(seconds: number): string {
	const whole = Math.max(1, Math.round(seconds));
	const [h, min, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
	if (h > 0) return `${h} h ${pad(min)} min`;
	return min > 0 ? `${min} min ${pad(s)} s` : `${s} s`;
}

/** `Friday, 27 November 2026, 06:39 UTC` */
export function timeInWords(date: Date): string {
	const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" }).format(date);
	return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

const pad = (value: number): string => String(value).padStart(2, "0");
