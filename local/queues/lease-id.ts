/**
 * One delivery of one message. The id of a lease says which delivery it was, as Cloudflare's
 * encrypted ones do, so nothing about past leases has to be kept: a late acknowledgement still
 * finds its message, and a lease that was overtaken by a newer delivery shows.
 */
interface Lease {
	queue: string;
	messageId: string;
	attempt: number;
}

const pattern = /^(?<queue>[^.]+)\.(?<messageId>[^.]+)\.(?<attempt>\d+)$/;

export function formatLeaseId({ queue, messageId, attempt }: Lease): string {
	return `${queue}.${messageId}.${attempt}`;
}

export function parseLeaseId(leaseId: string): Lease | undefined {
	const { queue, messageId, attempt } = pattern.exec(leaseId)?.groups ?? {};
	if (queue === undefined || messageId === undefined) return undefined;
	return { queue, messageId, attempt: Number(attempt) };
}
