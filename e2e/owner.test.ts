import { readdir, readFile, readlink } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { getConversion, upload } from "../local/client.ts";
import { awaitMail, mailsTo } from "../local/mailbox.ts";
import * as media from "../transcoder/test/media.ts";
import { type Earshot, startEarshot, type Transcoder, type User } from "./earshot.ts";

/*
 * What an owner does while ffmpeg runs.
 */

let earshot: Earshot;
let transcoder: Transcoder;
let user: User;

beforeAll(async () => {
	earshot = await startEarshot();
	transcoder = earshot.startTranscoder();
	user = await earshot.newUser();
});
afterAll(() => earshot?.close());

/** The ffmpegs that work for the transcoder, by the directories they work in. */
async function ffmpegs(): Promise<string[]> {
	const found = await Promise.all(
		(await readdir("/proc")).map(async (pid) => {
			try {
				const directory = await readlink(`/proc/${pid}/cwd`);
				const name = await readFile(`/proc/${pid}/comm`, "utf8");
				return name === "ffmpeg\n" && directory.startsWith(transcoder.workDir) ? [pid] : [];
			} catch {
				// No process, or gone in between.
				return [];
			}
		}),
	);
	return found.flat();
}

const ask = async (method: string, path: string) => {
	const response = await fetch(`${earshot.url}${path}`, { method, headers: user.auth });
	await response.arrayBuffer();
	return response.status;
};

async function startEncoding(): Promise<string> {
	const { id } = await upload(earshot.url, user.token, await media.mp4Long());
	await expect.poll(ffmpegs, { timeout: 30_000 }).not.toEqual([]);
	return id;
}

const stored = async (id: string) => {
	const buckets = [earshot.bindings.VIDEOS, earshot.bindings.MP3S];
	const lists = await Promise.all(buckets.map((bucket) => bucket.list({ prefix: id })));
	return lists.flatMap(({ objects }) => objects.map(({ key }) => key));
};

/** A heartbeat goes every two seconds; a busy machine may add to that. */
const SOON = { timeout: 10_000 };

test.runIf(process.platform === "linux")(
	"cancelling kills ffmpeg, and trying again converts the same video",
	async () => {
		const id = await startEncoding();
		expect(await ask("POST", `/conversions/${id}/cancel`)).toBe(200);
		await expect.poll(ffmpegs, SOON).toEqual([]);
		const { status } = await getConversion(earshot.url, user.token, id);
		expect([status, await stored(id)]).toEqual(["cancelled", [id]]);
		expect(await mailsTo(earshot.url, user.email, id)).toEqual([]);

		expect(await ask("POST", `/conversions/${id}/retry`)).toBe(202);
		await awaitMail(earshot.url, user.email, id, AbortSignal.timeout(50_000));
		expect((await getConversion(earshot.url, user.token, id)).status).toBe("done");
		await expect.poll(() => stored(id)).toEqual([`${id}/2.mp3`]);
	},
);

test.runIf(process.platform === "linux")("deleting kills ffmpeg and leaves nothing", async () => {
	const id = await startEncoding();
	expect(await ask("DELETE", `/conversions/${id}`)).toBe(204);
	await expect.poll(ffmpegs, SOON).toEqual([]);
	expect(await ask("GET", `/conversions/${id}`)).toBe(404);
	expect(await stored(id)).toEqual([]);
});
