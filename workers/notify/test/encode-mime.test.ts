import fc from "fast-check";
import PostalMime from "postal-mime";
import { expect, test } from "vitest";
import { encodeMime } from "../mail/encode-mime.ts";
import type { Mail } from "../mail/mail.ts";
import { bindings } from "./delivery.ts";

/*
 * Mail as it leaves, by whichever transport.
 */

const encode = (mail: Partial<Mail>, to = "ada@example.com") =>
	encodeMime(bindings, to, { eventId: "cnv_1.1", subject: "s", text: "t", html: "<p>t", ...mail });

/** The names of its headers, as they stand there. */
const headersOf = (raw: string): string[] =>
	raw
		.slice(0, raw.indexOf("\r\n\r\n"))
		.replace(/\r\n[ \t]/g, " ")
		.split("\r\n")
		.map((line) => line.slice(0, line.indexOf(":")).toLowerCase());

/** What cleaned names, and those of people, may hold: anything on one line. */
const name = fc.string({ unit: "binary", maxLength: 200 }).map((text) =>
	text
		.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu, "")
		.replace(/\s+/g, " ")
		.trim(),
);

test("any name reads in the subject as it is, and adds no header", async () => {
	const usual = headersOf(await encode({}));
	await fc.assert(
		fc.asyncProperty(name, async (filename) => {
			const raw = await encode({ subject: `Your MP3 is ready: ${filename}` });
			expect(headersOf(raw)).toEqual(usual);
			const { subject } = await PostalMime.parse(raw);
			expect(subject).toBe(`Your MP3 is ready: ${filename}`.trim());
		}),
		{ numRuns: 100 },
	);
});

test("whatever is in it, it is ASCII, in short lines, with CRLF, and no header is added", async () => {
	const usual = headersOf(await encode({}));
	const anything = fc.string({ unit: "binary", maxLength: 300 });
	await fc.assert(
		fc.asyncProperty(anything, anything, async (subject, text) => {
			const raw = await encode({ subject: `x${subject}`, text, html: text });
			expect(raw).toMatch(/^[\t\r\n -~]*$/);
			expect(headersOf(raw)).toEqual(usual);
			for (const line of raw.split("\r\n")) {
				expect(line).not.toMatch(/[\r\n]/);
				// RFC 5322, 2.1.1.
				expect(line.length).toBeLessThanOrEqual(998);
			}
		}),
		{ numRuns: 50 },
	);
});

test("a mail that answers one says so, unless that one's Message-ID is none, and adds no other header", async () => {
	const none = fc.oneof(
		fc.string({ unit: "binary", maxLength: 300 }).map((text) => `<${text}\u0101@b>`),
		fc.constantFrom("", "<>", "a@b", "<a@b>\r\nBcc: <eve@example.com>", `<${"a".repeat(1000)}@b>`),
	);
	const good = fc.stringMatching(/^<[a-z!#-%.]{1,100}@[a-z.]{1,100}>$/);
	const usual = headersOf(await encode({}));
	const answering = headersOf(
		await encode({ inReplyTo: { messageId: "<a@b>", references: ["<c@d>"] } }),
	);
	await fc.assert(
		fc.asyncProperty(none, fc.array(good), good, async (bad, ids, id) => {
			const raw = await encode({ inReplyTo: { messageId: id, references: [bad, ...ids] } });
			expect(headersOf(raw)).toEqual(answering);
			const mail = await PostalMime.parse(raw);
			expect(mail.inReplyTo).toBe(id);
			expect(mail.references?.split(/\s+/)).toEqual([...ids, id]);
			for (const line of raw.split("\r\n")) {
				expect(line).toMatch(/^[\t -~]{0,998}$/);
			}
			const other = await encode({ inReplyTo: { messageId: bad, references: ids } });
			expect(headersOf(other)).toEqual(usual);
		}),
	);
});

test("the same event to the same address has one Message-ID, and no other mail has it", async () => {
	const idOf = async (eventId: string, to?: string) =>
		(await PostalMime.parse(await encode({ eventId }, to))).messageId;
	const id = await idOf("cnv_1.1");
	expect(id).toMatch(/^<cnv_1\.1\.[\w-]{22}@example\.com>$/);
	expect(await idOf("cnv_1.1", "ADA@example.com")).toBe(id);
	expect(await idOf("cnv_1.1", "eve@example.com")).not.toBe(id);
	expect(await idOf("cnv_1.2")).not.toBe(id);
});
