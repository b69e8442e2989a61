import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Upload } from "tus-js-client";
import { inTurn } from "./in-turn.ts";
import { median } from "./median.ts";
import { startBare } from "./workers/start-bare.ts";
import { startGateway } from "./workers/start-gateway.ts";
import { memoryBeyondIdle } from "./workers/workerd-memory.ts";

/*
 * `npm run bench:upload`: a gigabyte into R2, by each way there is, beside `R2.put(request.body)` in a
 * Worker that does nothing else. What each way has stored is compared with the file, byte by byte, after
 * the first round. Linux only: memory is read from /proc.
 */

const { values } = parseArgs({
	options: {
		runs: { type: "string", default: "5" },
		megabytes: { type: "string", default: "1024" },
	},
});
const RUNS = Number(values.runs);
const SIZE_BYTES = Number(values.megabytes) * 1024 * 1024;
const TUS_CHUNK_BYTES = 64 * 1024 * 1024;

/** Wall time, relative to the bare Worker's. */
const AIMS = { raw: 1.1, form: 1.4, tus: 1.5 };

interface Figures {
	seconds: number;
	memoryBytes: number;
}

const dir = await mkdtemp(join(tmpdir(), "earshot-bench-"));
const bare = await startBare();
const gateway = await startGateway(join(dir, "config"));
try {
	const { url: publicUrl, authorization, bindings } = gateway;
	const path = join(dir, "video.mp4");
	await makeVideo(path);
	const file = await openAsBlob(path);
	const sha256 = await hashOf(createReadStream(path));

	/** Of a conversion that has just come about, so that the disk does not fill up. */
	const remove = async (id: string) => {
		const init = { method: "DELETE", headers: { authorization } };
		await expectOk(await fetch(`${publicUrl}/conversions/${id}`, init));
	};
	const measured = async (work: () => Promise<unknown>): Promise<Figures> => {
		const startMs = performance.now();
		let seconds = 0;
		const memoryBytes = await memoryBeyondIdle(async () => {
			await work();
			seconds = (performance.now() - startMs) / 1000;
		});
		return { seconds, memoryBytes };
	};
	const post = (body: Blob | FormData, type?: string) => async () => {
		const headers = { authorization, ...(type && { "content-type": type }) };
		const query = type === undefined ? "" : "?filename=video.mp4";
		const response = await fetch(`${publicUrl}/upload${query}`, { method: "POST", headers, body });
		return ((await expectOk(response)) as { id: string }).id;
	};
	const form = new FormData();
	form.set("file", file, "video.mp4");

	const contend = (uploadIt: () => Promise<string>) => {
		let isFirst = true;
		return async () => {
			let id = "";
			const figures = await measured(async () => {
				id = await uploadIt();
			});
			if (isFirst) await expectStored(id);
			isFirst = false;
			await remove(id);
			return figures;
		};
	};
	const expectStored = async (id: string) => {
		const video = await bindings.VIDEOS.get(id);
		if (video === null || (await hashOf(video.body)) !== sha256) {
			throw new Error(`what is stored of ${id} is not what was sent`);
		}
	};
	const rounds = await inTurn(RUNS, {
		bare: () =>
			measured(async () => expectOk(await fetch(`${bare.url}/put`, { method: "PUT", body: file }))),
		raw: contend(post(file, "video/mp4")),
		form: contend(post(form)),
		tus: contend(() => uploadInPieces(publicUrl, authorization, path)),
	});

	console.log(`
${values.megabytes} MiB into R2, ${RUNS} rounds in turn

| | seconds, median (range) | ÷ bare | aim | workerd beyond idle, peak MB |
|---|--:|--:|--:|--:|`);
	for (const name of ["bare", "raw", "form", "tus"] as const) {
		const seconds = rounds.map((round) => round[name].seconds);
		const ratio = median(rounds.map((round) => round[name].seconds / round.bare.seconds));
		const memory = Math.max(...rounds.map((round) => round[name].memoryBytes)) / 1e6;
		const range = `${Math.min(...seconds).toFixed(1)} – ${Math.max(...seconds).toFixed(1)}`;
		const aim = name === "bare" ? "" : `≤ ${AIMS[name].toFixed(1)}`;
		console.log(
			`| ${name} | ${median(seconds).toFixed(1)} (${range}) | ${ratio.toFixed(2)} | ${aim} | ${memory.toFixed(0)} |`,
		);
	}
} finally {
	await gateway.stop();
	await bare.stop();
	await rm(dir, { recursive: true, force: true });
}

async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
	const hash = createHash("sha256");
	for await (const chunk of bytes) hash.update(chunk);
	return hash.digest("hex");
}

/** As large as a video, and with the beginning of one. */
async function makeVideo(path: string): Promise<void> {
	await using file = await open(path, "w");
	const block = new Uint8Array(1024 * 1024).map((_, index) => (index * 2_654_435_761) >>> 24);
	block.set(new TextEncoder().encode("\0\0\0\x18ftypmp42\0\0\0\0mp42isom"));
	for (let written = 0; written < SIZE_BYTES; written += block.byteLength) await file.write(block);
}

async function uploadInPieces(
	publicUrl: string,
	authorization: string,
	path: string,
): Promise<string> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	// In Node it takes a file's stream, which its types do not know.
	const upload = new Upload(createReadStream(path) as unknown as File, {
		endpoint: `${publicUrl}/uploads`,
		headers: { Authorization: authorization },
		chunkSize: TUS_CHUNK_BYTES,
		retryDelays: null,
		metadata: { filename: "video.mp4" },
		onSuccess: () => resolve(),
		onError: reject,
	});
	upload.start();
	await promise;
	return upload.url?.split("/").at(-1) ?? "";
}

async function expectOk(response: Response): Promise<unknown> {
	const text = await response.text();
	if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
	return text === "" ? null : JSON.parse(text);
}
