/**
 * The `Last-Event-ID` that a client sends when it connects again: the number of the last change it
 * has seen. Null when there is none, or none of ours.
 */
export function lastEventId(header: string | undefined): number | null {
	return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null;
}
