/** One of the four calls of the Queues API that the emulator answers. */
export interface ApiPath {
	account: string;
	queue: string;
	operation: "publish" | "publish-batch" | "pull" | "ack";
}

// https://developers.cloudflare.com/api/resources/queues/subresources/messages/
const pattern =
	/^\/client\/v4\/accounts\/(?<account>[^/]+)\/queues\/(?<queue>[^/]+)\/messages(?<call>\/batch|\/pull|\/ack)?$/;

const operations = new Map<string | undefined, ApiPath["operation"]>([
	[undefined, "publish"],
	["/batch", "publish-batch"],
	["/pull", "pull"],
	["/ack", "ack"],
]);

/** Undefined for every path that is not the emulator's. */
export function parseApiPath(pathname: string): ApiPath | undefined {
	const { account, queue, call } = pattern.exec(pathname)?.groups ?? {};
	const operation = operations.get(call);
	if (account === undefined || queue === undefined || operation === undefined) return undefined;
	return { account, queue, operation };
}
