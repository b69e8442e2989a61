import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ulid } from "ulid";
import { type VideoMessage, videoMessage } from "#contracts/video-message.ts";
import { createControlUrl } from "../../transcoder/test/peers/control-url.ts";
import { readExchange } from "../../transcoder/test/peers/exchange.ts";
import { createQueueApi } from "../../transcoder/test/peers/queue-api.ts";
import { createObjectStore, PATH_PREFIX } from "./object-store.ts";
import type { Link } from "./throttle.ts";

/** All that a transcoder talks to, and that ffmpeg reads from when it is given a URL. */

const ACCOUNT = { id: "bench", token: "bench", queueIds: ["video", "video-dlq", "mp3"] };
const TARGET_HEADERS = { "content-type": "audio/mpeg" };

export type Peers = Awaited<ReturnType<typeof startPeers>>;

export type Job = {
	/** When a transcoder has begun with it. */
	claimed: Promise<void>;
	/** When it has reported that the MP3 is stored. Rejects when it reports a failure. */
	settled: Promise<void>;
};

export async function startPeers(link: Link) {
	const queues = createQueueApi(ACCOUNT);
	const control = createControlUrl();
	const store = createObjectStore(link);
	const accepted = new Map<string, () => void>();

	const server = createServer(async (request, response) => {
		if (request.url?.startsWith(PATH_PREFIX)) return store.handle(request, response);
		const exchange = await readExchange(request, response);
		if (exchange.path.startsWith("/client/v4/")) return queues.handle(exchange);
		control.handle(exchange);
		return accepted.get(exchange.path)?.();
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const urlOf = (key: string) => `${url}${PATH_PREFIX}${key}`;

	return {
		traffic: store.traffic,
		/** Where a file can be read. */
		share: (path: string) => {
			const key = ulid();
			store.keep(key, path);
			return urlOf(key);
		},
		/** A video that waits to be converted into a file. */
		enqueue: (source: VideoMessage["source"], output: string): Job => {
			const conversionId = `cnv_${ulid()}`;
			const attempt = control.open(conversionId);
			store.keep(conversionId, output);
			const claimed = Promise.withResolvers<void>();
			const settled = Promise.withResolvers<void>();
			accepted.set(`/control/${conversionId}/claim`, claimed.resolve);
			accepted.set(`/control/${conversionId}/settle`, () => {
				const [outcome] = attempt.outcomes;
				if (outcome?.type === "converted") settled.resolve();
				else settled.reject(new Error(`a conversion failed: ${JSON.stringify(outcome)}`));
			});
			const message = videoMessage.parse({
				v: 1,
				conversionId,
				attempt: 1,
				options: { quality: "high" },
				source,
				target: { url: urlOf(conversionId), headers: TARGET_HEADERS },
				control: { url: `${url}/control/${conversionId}`, token: attempt.token },
			});
			queues.send("video", message);
			return { claimed: claimed.promise, settled: settled.promise };
		},
		/** The settings that point a transcoder here. */
		environment: {
			QUEUES_API_URL: `${url}/client/v4`,
			CLOUDFLARE_ACCOUNT_ID: ACCOUNT.id,
			QUEUES_API_TOKEN: ACCOUNT.token,
			VIDEO_QUEUE_ID: "video",
			VIDEO_DLQ_ID: "video-dlq",
			MP3_QUEUE_ID: "mp3",
		},
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
