import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as z from "zod";
import { getConversion, upload } from "../local/client.ts";
import { awaitMail, mailsTo } from "../local/mailbox.ts";
import { keepSecrets, keptSecrets } from "../local/secrets.ts";
import * as media from "../transcoder/test/media.ts";
import { type Earshot, startEarshot, type User } from "./earshot.ts";

/*
 * A message that nobody can handle, and what an operator does about it.
 */

const DLQ = resolve(import.meta.dirname, "../ops/dlq.ts");

let earshot: Earshot;
let user: User;
/** Where the operator works. */
let dir: string;

beforeAll(async () => {
	earshot = await startEarshot();
	user = await earshot.newUser();
	dir = await mkdtemp(join(tmpdir(), "earshot-operator-"));
	const secrets = join(dir, ".earshot/secrets.json");
	keptSecrets(secrets);
	keepSecrets(secrets, earshot.secrets);
});
afterAll(async () => {
	await earshot?.close();
	await rm(dir, { recursive: true, force: true });
});

/** `npm run dlq -- …` */
async function dlq(...args: string[]): Promise<string> {
	const env = { ...process.env, PORT: new URL(earshot.url).port };
	const run = promisify(execFile)(process.execPath, [DLQ, ...args], { cwd: dir, env });
	return (await run).stdout;
}

const pulled = z.object({
	result: z.object({
		messages: z.array(z.object({ lease_id: z.string(), attempts: z.number() })),
	}),
});

async function queuesApi(path: string, body: object): Promise<unknown> {
	const response = await fetch(`${earshot.url}/client/v4/accounts/local/queues/${path}`, {
		method: "POST",
		headers: {
			authorization: `Bearer ${earshot.secrets.QUEUES_API_TOKEN}`,
			"content-type": "application/json",
		},
		body: JSON.stringify(body),
	});
	return response.json();
}

/** A transcoder that can do nothing with a message but give it back, as often as it comes. */
async function giveBackToTheEnd(): Promise<void> {
	for (let attempts = 1; attempts <= 6; attempts++) {
		const message = await vi.waitUntil(
			async () => {
				const answer = await queuesApi("video/messages/pull", { batch_size: 1 });
				return pulled.parse(answer).result.messages.at(0);
			},
			{ timeout: 30_000, interval: 50 },
		);
		expect(message.attempts).toBe(attempts);
		await queuesApi("video/messages/ack", { acks: [], retries: [{ lease_id: message.lease_id }] });
	}
}

const letters = z.array(z.object({ id: z.string(), queue: z.string(), body: z.unknown() }));

test("a poison message ends its conversion with one mail, and is converted once it is requeued", async () => {
	const { id } = await upload(earshot.url, user.token, await media.mp4());
	await giveBackToTheEnd();
	await awaitMail(earshot.url, user.email, id, AbortSignal.timeout(30_000));
	expect(await getConversion(earshot.url, user.token, id)).toMatchObject({
		status: "failed",
		error: { code: "internal" },
	});

	const [letter, ...others] = letters.parse(JSON.parse(await dlq("list", "--json")));
	expect(others).toEqual([]);
	expect(letter).toMatchObject({ queue: "video", body: { v: 1, conversionId: id, attempt: 1 } });
	expect(await dlq("list")).toContain(id);

	expect(await dlq("requeue", letter?.id ?? "")).toContain(`${id} is queued, as attempt 2`);
	expect(await dlq("requeue", "--all")).toBe("");
	await expect(dlq("requeue", letter?.id ?? "")).rejects.toMatchObject({
		code: 1,
		stdout: expect.stringContaining("come to attempt 2 since"),
	});
	await earshot.watchdog();
	const transcoder = earshot.startTranscoder();
	const done = `/download?fid=${id}`;
	await awaitMail(earshot.url, user.email, done, AbortSignal.timeout(50_000));
	expect((await getConversion(earshot.url, user.token, id)).status).toBe("done");
	expect(await mailsTo(earshot.url, user.email, id)).toHaveLength(2);

	// Nothing is left to be done: what was finished is finished once.
	await queuesApi("mp3-dlq/messages", { body: { v: 1, conversionId: id, attempt: 2 } });
	const kept = async () => letters.parse(JSON.parse(await dlq("list", "--json")));
	await expect.poll(kept, { timeout: 30_000 }).toHaveLength(2);
	const mp3 = (await kept()).find(({ queue }) => queue === "mp3");
	expect(await dlq("requeue", mp3?.id ?? "")).toContain(`${id} is finished once more`);
	expect(await mailsTo(earshot.url, user.email, id)).toHaveLength(2);
	await transcoder.stop();
});
