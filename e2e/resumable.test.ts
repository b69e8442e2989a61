import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Upload, type UploadOptions } from "tus-js-client";
import { afterEach, expect, test } from "vitest";
import { getConversion } from "../local/client.ts";
import { findFreePort } from "../local/port.ts";
import { generateSecrets } from "../local/secrets.ts";
import { signUp } from "../local/sign-up.ts";
import { type Stack, startStack } from "../local/stack.ts";
import * as media from "../transcoder/test/media.ts";

/*
 * Resumable uploads with the client that everybody uses, against the stack that `npm start` runs.
 */

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery";
/** Small, so that an upload has a middle to break off in. */
const CHUNK_BYTES = 4_000_000;

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
	for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function makePlace() {
	const dir = await mkdtemp(join(tmpdir(), "earshot-tus-"));
	cleanUps.push(() => rm(dir, { recursive: true, force: true }));
	const place = { dir, port: await findFreePort(), secrets: generateSecrets() };
	return async (): Promise<Stack> => {
		const stack = await startStack({ ...place, maxUploadBytes: 100_000_000, onLine: () => {} });
		cleanUps.push(() => stack.stop());
		return stack;
	};
}

const signIn = ({ publicUrl }: Stack): Promise<string> =>
	signUp(publicUrl, { name: "Ada", username: EMAIL, password: PASSWORD });

/** Uploads a file; breaks off, for good, once so many bytes have been acknowledged. */
async function uploadFile(
	stack: Stack,
	token: string,
	path: string,
	{
		breakOffAt = Number.POSITIVE_INFINITY,
		...options
	}: UploadOptions & { breakOffAt?: number } = {},
): Promise<Upload> {
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	// In Node it takes a file's stream, which its types do not know.
	const upload = new Upload(createReadStream(path) as unknown as File, {
		endpoint: `${stack.publicUrl}/uploads`,
		headers: { Authorization: `Bearer ${token}` },
		chunkSize: CHUNK_BYTES,
		retryDelays: null,
		metadata: { filename: basename(path), filetype: "video/mp4" },
		onChunkComplete: (_, acknowledgedBytes) => {
			if (acknowledgedBytes < breakOffAt) return;
			void upload.abort();
			resolve();
		},
		onSuccess: () => resolve(),
		onError: reject,
		...options,
	});
	upload.start();
	await promise;
	return upload;
}

const idOf = ({ url }: Upload) => url?.split("/").at(-1) ?? "";

async function expectConverted(stack: Stack, token: string, id: string): Promise<void> {
	const status = async () => (await getConversion(stack.publicUrl, token, id)).status;
	await expect.poll(status, { timeout: 60_000, interval: 500 }).toBe("done");
}

test("an upload that its client broke off, and then one that a power cut did, are gone on with", {
	timeout: 240_000,
}, async () => {
	const start = await makePlace();
	const stack = await start();
	const token = await signIn(stack);
	const path = await media.largeMp4MoovLast();
	const { size } = await stat(path);
	expect(size).toBeGreaterThan(3 * CHUNK_BYTES);

	const broken = await uploadFile(stack, token, path, { breakOffAt: CHUNK_BYTES });
	const resumed = await uploadFile(stack, token, path, { uploadUrl: broken.url });
	expect(resumed.url).toBe(broken.url);
	await expectConverted(stack, token, idOf(resumed));

	const cut = await uploadFile(stack, token, path, { breakOffAt: 2 * CHUNK_BYTES });
	await stack.kill();
	const again = await start();
	const firstSent: number[] = [];
	const afterwards = await uploadFile(again, token, path, {
		uploadUrl: cut.url,
		onChunkComplete: (_, acknowledgedBytes) => void firstSent.push(acknowledgedBytes),
	});
	// It went on, and did not begin anew.
	expect(firstSent[0]).toBeGreaterThan(2 * CHUNK_BYTES);
	await expectConverted(again, token, idOf(afterwards));
});
