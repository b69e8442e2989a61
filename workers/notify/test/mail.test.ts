import { eq } from "drizzle-orm";
import type { Email } from "postal-mime";
import { expect, test } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { conversions } from "#db/schema/conversions.ts";
import { mailThreads } from "#db/schema/mail-threads.ts";
import { users } from "#db/schema/users.ts";
import { readUnsubscribeToken } from "#signing/unsubscribe-token.ts";
import {
	bindings,
	converted,
	db,
	deliver,
	messageFor,
	recordingEmail,
	type Settled,
	settled,
} from "./delivery.ts";

async function mailFor(finished: Settled): Promise<Email> {
	const EMAIL = recordingEmail();
	await deliver([messageFor(finished)], { EMAIL });
	const [mail] = EMAIL.sent;
	if (mail === undefined) throw new Error("no mail was sent");
	return mail;
}

const header = (mail: Email, name: string) => mail.headers.find(({ key }) => key === name)?.value;

test("the good news has all that its reader needs, in text and in HTML", async () => {
	const done = await settled(converted);
	const mail = await mailFor(done);
	expect(mail.from).toEqual({ name: "Earshot", address: bindings.MAIL_FROM });
	expect(mail.to).toEqual([{ name: "", address: done.email }]);
	expect(mail.subject).toBe("Your MP3 is ready: holiday.mp4");
	for (const body of [mail.text, mail.html]) {
		expect(body).toContain("Hello Ada");
		expect(body).toContain("holiday.mp4");
		expect(body).toContain("3 min 07 s");
		expect(body).toContain("190 kbit/s");
		expect(body).toContain(done.id);
		expect(body).toContain(`https://earshot.test/download?fid=${done.id}`);
		expect(body).toMatch(/works until \w+day, \d+ \w+ \d{4}, \d\d:\d\d UTC/);
	}
	const link = new URL(/https:\S+X-Amz-Signature=\w+/.exec(mail.text ?? "")?.[0] ?? "");
	expect(link.pathname).toBe(`/mp3s/${done.id}/1.mp3`);
	expect(link.searchParams.get("X-Amz-Expires")).toBe("604800");
	expect(mail.html).toContain(link.href.replaceAll("&", "&amp;"));
});

test("the bad news says why, and what to do", async () => {
	const error = jobErrorFor("no_audio_track");
	const lost = await settled({ type: "failed", error });
	const mail = await mailFor(lost);
	expect(mail.subject).toBe("No MP3 from holiday.mp4");
	for (const body of [mail.text, mail.html]) {
		expect(body).toContain(error.message);
		expect(body).toContain(error.hint);
		expect(body).toContain("no_audio_track");
		expect(body).toContain(lost.id);
		expect(body).toContain("The uploaded file has been deleted.");
	}
});

test("the bad news that another try may mend says where, and until when", async () => {
	const lost = await settled({ type: "failed", error: jobErrorFor("cannot_fit") });
	const mail = await mailFor(lost);
	for (const body of [mail.text, mail.html]) {
		expect(body).toContain(`POST https://earshot.test/conversions/${lost.id}/retry`);
		expect(body).toMatch(/until \w+day, \d+ \w+ \d{4}, \d\d:\d\d UTC/);
	}
});

test("a mail says that a machine sent it, and which event it tells of", async () => {
	const done = await settled(converted);
	const mail = await mailFor(done);
	expect(header(mail, "auto-submitted")).toBe("auto-generated");
	const name = header(mail, "x-earshot-event") ?? "";
	expect(name).toMatch(new RegExp(`^${done.id}\\.1\\.[\\w-]{22}$`));
});

test.each([
	'naïve "quotes" & <b>tags</b> 🎵 音楽.mp4',
	"long ".repeat(24).trim(),
	"a\r\nBcc: evil@example.com\r\n\r\n<script>.mp4",
])("the file name %j reads as it is and injects nothing", async (filename) => {
	const done = await settled(converted, { filename, name: "<i>Ada</i>\r\nBcc: evil@example.com" });
	const mail = await mailFor(done);
	expect(mail.subject?.replace(/\s+/g, " ")).toBe(
		`Your MP3 is ready: ${filename.replace(/\s+/g, " ")}`,
	);
	expect(header(mail, "bcc")).toBeUndefined();
	expect(mail.to).toHaveLength(1);
	expect(mail.html).not.toContain("<script>");
	expect(mail.html).not.toContain("<b>tags");
	expect(mail.html).not.toContain("<i>Ada");
});

test("the mail program of who wants no more of these finds where to say so, and so do people", async () => {
	const done = await settled(converted);
	const mail = await mailFor(done);
	expect(header(mail, "list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
	const oneClick = new URL(header(mail, "list-unsubscribe")?.replace(/^<(.*)>$/, "$1") ?? "");
	expect(oneClick.origin + oneClick.pathname).toBe("https://earshot.test/unsubscribe/one-click");
	const token = oneClick.searchParams.get("token") ?? "";
	const user = await db.select().from(users).where(eq(users.email, done.email)).get();
	expect(readUnsubscribeToken(bindings.NOTIFY_KEY, token)).toEqual({
		userId: user?.id,
		kind: "finished",
	});
	for (const body of [mail.text, mail.html]) {
		expect(body).toContain(`https://earshot.test/unsubscribe#${token}`);
	}
});

test("the answer to a mail stands below it, under its subject", async () => {
	const done = await settled(converted);
	const row = await db.select().from(conversions).where(eq(conversions.id, done.id)).get();
	await db.insert(mailThreads).values({
		conversionId: done.id,
		userId: row?.userId ?? expect.fail(),
		messageId: "<two@example.com>",
		references: ["<zero@example.com>", "<one@example.com>"],
		subject: "Grüße, voice please",
	});
	const mail = await mailFor(done);
	expect(mail.subject).toBe("Re: Grüße, voice please");
	expect(mail.inReplyTo).toBe("<two@example.com>");
	expect(mail.references).toBe("<zero@example.com> <one@example.com> <two@example.com>");
	expect(mail.text).toContain("Download it here:");
});
