import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awaitMail, mailsTo } from "../local/mailbox.ts";
import * as media from "../transcoder/test/media.ts";
import { type Earshot, startEarshot, type User } from "./earshot.ts";

/*
 * A mail with a video in it, and the answer.
 */

const OURS = "earshot@example.com";

let earshot: Earshot;
let user: User;
beforeAll(async () => {
	earshot = await startEarshot();
	user = await earshot.newUser();
});
afterAll(() => earshot?.close());

const AUTHENTIC =
	"Authentication-Results: mx.cloudflare.net; dmarc=pass header.from=example.com policy.dmarc=none";

async function videoMail(messageId: string, onTop: string): Promise<string> {
	const video = await readFile(await media.mp4());
	return [
		onTop,
		`From: Ada <${user.email}>`,
		`To: ${OURS}`,
		`Message-ID: ${messageId}`,
		"Subject: voice",
		"MIME-Version: 1.0",
		'Content-Type: multipart/mixed; boundary="x"',
		"",
		"--x",
		"Content-Type: text/plain",
		"",
		"Hello!",
		"--x",
		'Content-Type: video/mp4; name="holiday.mp4"',
		'Content-Disposition: attachment; filename="holiday.mp4"',
		"Content-Transfer-Encoding: base64",
		"",
		video.toString("base64").replace(/.{76}/g, "$&\r\n"),
		"--x--",
		"",
	].join("\r\n");
}

test("is answered with the MP3, as a reply, however often it comes", async () => {
	const messageId = `<${randomUUID()}@example.com>`;
	const raw = await videoMail(messageId, AUTHENTIC);
	expect(await earshot.bringMail(raw, user.email)).toBeNull();
	expect(await earshot.bringMail(raw, user.email)).toBeNull();
	const transcoder = earshot.startTranscoder();
	const signal = AbortSignal.timeout(50_000);
	const answer = await awaitMail(earshot.url, user.email, "Download it here", signal);
	expect(answer).toMatchObject({
		subject: "Re: voice",
		inReplyTo: messageId,
		references: messageId,
	});
	const link = /https?:\S+X-Amz-Signature=\w+/.exec(answer.text ?? "")?.[0] ?? "";
	const mp3 = await fetch(link);
	expect(mp3.status).toBe(200);
	// Of an MP3's frame.
	expect(Buffer.from(await mp3.arrayBuffer()).readUInt16BE() & 0xffe0).toBe(0xffe0);
	const response = await fetch(`${earshot.url}/conversions`, { headers: user.auth });
	const { conversions } = (await response.json()) as { conversions: object[] };
	expect(conversions).toMatchObject([{ status: "done", options: { quality: "voice" } }]);
	expect(await mailsTo(earshot.url, user.email, "Download it here")).toHaveLength(1);
	await transcoder.stop();
});

test("that nobody vouches for is refused where it comes from, and nobody is written to", async () => {
	const raw = await videoMail(`<${randomUUID()}@example.com>`, "X-Spam: no");
	expect(await earshot.bringMail(raw, user.email)).toContain("no DMARC pass");
});

test("of ours that comes back is told on the account", async () => {
	const [mail] = await mailsTo(earshot.url, user.email);
	const event = mail?.headers.find(({ key }) => key === "x-earshot-event")?.value;
	const report = [
		"From: MAILER-DAEMON@mx.example.net",
		`To: ${OURS}`,
		`Message-ID: <${randomUUID()}@mx.example.net>`,
		"Subject: Undeliverable",
		"MIME-Version: 1.0",
		'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
		"",
		"--b",
		"Content-Type: message/delivery-status",
		"",
		"Reporting-MTA: dns; mx.example.net",
		"",
		`Final-Recipient: rfc822; ${user.email}`,
		"Action: failed",
		"Status: 5.1.1",
		"",
		"--b",
		"Content-Type: text/rfc822-headers",
		"",
		`To: ${user.email}`,
		`X-Earshot-Event: ${event}`,
		"",
		"--b--",
		"",
	].join("\r\n");
	expect(await earshot.bringMail(report, "MAILER-DAEMON@mx.example.net")).toBeNull();
	const response = await fetch(`${earshot.url}/account`, { headers: user.auth });
	expect(await response.json()).toMatchObject({ emailUndeliverableSince: expect.any(String) });
});
