import { Agent, request } from "node:http";

/** What a server managed. */
export interface Load {
	requestsPerSecond: number;
	/** The time that 99 of 100 requests stayed below. */
	p99Ms: number;
}

interface Question {
	/** The same for every request, or each one's own, counted down to 0. */
	headers?: Record<string, string> | ((index: number) => Record<string, string>);
	method?: string;
	/** 200, unless given. */
	status?: number;
}

/**
 * Sends requests, so many at a time, and reads every answer to its end. Throws when an answer is not
 * the expected one. Bounded in number; to this machine only.
 */
export async function load(
	url: string,
	options: Question & { requests: number; atOnce: number },
): Promise<Load> {
	const agent = new Agent({ keepAlive: true, maxSockets: options.atOnce });
	const timesMs: number[] = [];
	let left = options.requests;
	const startMs = performance.now();
	const worker = async () => {
		while (left-- > 0) {
			const beginMs = performance.now();
			const { headers = {} } = options;
			const own = typeof headers === "function" ? headers(left) : headers;
			await one(url, agent, { ...options, headers: own });
			timesMs.push(performance.now() - beginMs);
		}
	};
	await Promise.all(Array.from({ length: options.atOnce }, worker));
	const seconds = (performance.now() - startMs) / 1000;
	agent.destroy();
	timesMs.sort((one, other) => one - other);
	return {
		requestsPerSecond: options.requests / seconds,
		p99Ms: timesMs[Math.floor(timesMs.length * 0.99)] ?? 0,
	};
}

function one(
	url: string,
	agent: Agent,
	{ method = "GET", headers, status = 200 }: Question & { headers: Record<string, string> },
): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	const sent = request(url, { agent, method, headers }, (response) => {
		response.on("end", () =>
			response.statusCode === status
				? resolve()
				: reject(new Error(`${url} answered ${response.statusCode}`)),
		);
		response.on("error", reject);
		response.resume();
	});
	sent.on("error", reject);
	sent.end();
	return promise;
}
