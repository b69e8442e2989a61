interface StubEnv {
	VIDEO: Queue;
}

/** What came in, as `GET /seen` tells it. */
const seen: { scheduled: unknown[]; queues: Record<string, unknown[]> } = {
	scheduled: [],
	queues: {},
};

/** Stands in for the gateway (and, as the consumer of `mp3` and the dead letters, for notify) in the contract tests. */
export default {
	async fetch(request, env) {
		const { pathname, search } = new URL(request.url);
		switch (pathname) {
			case "/seen":
				return Response.json(seen);
			case "/send":
				await env.VIDEO.sendBatch([
					{ body: { a: [1, null] }, contentType: "json" },
					{ body: "grüß dich", contentType: "text" },
					{ body: new Uint8Array([0, 255, 128]), contentType: "bytes" },
				]);
				return new Response(null, { status: 204 });
			case "/moved":
				return new Response(null, { status: 302, headers: { Location: "/elsewhere" } });
			default:
				// Piped, because wrangler's dev middleware reads a body that nobody has used.
				return new Response(request.body?.pipeThrough(new TransformStream()), {
					status: 299,
					headers: {
						"X-Method": request.method,
						"X-Target": pathname + search,
						"X-Authorization": request.headers.get("Authorization") ?? "",
					},
				});
		}
	},
	scheduled({ cron, scheduledTime }) {
		seen.scheduled.push({ cron, scheduledTime });
		if (cron === "fail") throw new Error("the stub was told to fail");
	},
	queue({ queue, messages }) {
		seen.queues[queue] = [...(seen.queues[queue] ?? []), ...messages.map(({ body }) => body)];
	},
} satisfies ExportedHandler<StubEnv>;
