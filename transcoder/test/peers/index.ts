import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ulid } from "ulid";
import type { ConversionOptions } from "#contracts/conversion-options.ts";
import { type VideoMessage, videoMessage } from "#contracts/video-message.ts";
import { type Attempt, createControlUrl } from "./control-url.ts";
import { readExchange } from "./exchange.ts";
import { createObjectStore } from "./object-store.ts";
import { createQueueApi } from "./queue-api.ts";

/** Everything a transcoder talks to, on one real HTTP server. */

const ACCOUNT = {
	id: "account-1",
	token: "queues-api-token",
	queueIds: ["video", "video-dlq", "mp3"],
};

/** Signed with the PUT, so it must come as it stands. */
const TARGET_HEADERS = {
	"content-type": "audio/mpeg",
	"content-disposition": "attachment; filename*=UTF-8''M%C3%A9lodie.mp3",
};

export type Conversion = { message: VideoMessage; messageId: string; targetKey: string } & Attempt;

export type Peers = Awaited<ReturnType<typeof startPeers>>;

export async function startPeers() {
	const queues = createQueueApi(ACCOUNT);
	const control = createControlUrl();
	const store = createObjectStore();
	const strangers: string[] = [];

	const server = createServer(async (request, response) => {
		const exchange = await readExchange(request, response);
		if (exchange.path.startsWith("/client/v4/")) return queues.handle(exchange);
		if (exchange.path.startsWith("/control/")) return control.handle(exchange);
		if (exchange.path.startsWith("/objects/")) return store.handle(exchange);
		strangers.push(exchange.path);
		return exchange.reply(404);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

	/** Puts a video into the store and writes the message that asks for its conversion. */
	const prepare = async (
		video: string,
		options: Partial<ConversionOptions> = {},
		targetHeaders: Record<string, string> = TARGET_HEADERS,
		limits?: VideoMessage["limits"],
	) => {
		const bytes = await readFile(video);
		const conversionId = `cnv_${ulid()}`;
		const attempt = control.open(conversionId);
		const targetKey = `mp3s/${conversionId}-1`;
		store.objects.set(`videos/${conversionId}`, bytes);
		const message = videoMessage.parse({
			v: 1,
			conversionId,
			attempt: 1,
			options,
			limits,
			source: {
				url: `${url}${store.presign("GET", `videos/${conversionId}`)}`,
				sizeBytes: bytes.length,
			},
			target: {
				url: `${url}${store.presign("PUT", targetKey, targetHeaders)}`,
				headers: targetHeaders,
			},
			control: { url: `${url}/control/${conversionId}`, token: attempt.token },
		});
		return { attempt, message, targetKey };
	};

	return {
		url,
		queues,
		control,
		store,
		/** Paths that were asked for and are nobody's. */
		strangers,
		prepare,
		/** A video that waits to be converted. */
		enqueue: async (...video: Parameters<typeof prepare>): Promise<Conversion> => {
			const { attempt, message, targetKey } = await prepare(...video);
			return Object.assign(attempt, {
				message,
				targetKey,
				messageId: queues.send("video", message),
			});
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
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
