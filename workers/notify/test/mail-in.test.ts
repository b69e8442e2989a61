import { eq } from "drizzle-orm";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { conversionOptions } from "#contracts/conversion-options.ts";
import { newUserId } from "#db/new-id.ts";
import { conversions } from "#db/schema/conversions.ts";
import { mailThreads } from "#db/schema/mail-threads.ts";
import { type User, users } from "#db/schema/users.ts";
import { optionsInWords, optionsOf } from "../inbound/options-in-words.ts";
import { bindings } from "./delivery.ts";
import { AUTHENTIC, bring, compose, type Draft, db, OURS, TINY_VIDEO, VIDEO } from "./mime.ts";

/*
 * Videos that come by mail.
 */

let ada: User;
beforeEach(async () => {
	ada = await newUser();
});

async function newUser(changed: Partial<User> = {}): Promise<User> {
	const nowMs = Date.now();
	const user = {
		id: newUserId(nowMs),
		email: `${crypto.randomUUID()}@example.com`,
		name: "Ada",
		passwordHash: "!",
		createdAtMs: nowMs,
		emailVerifiedAtMs: nowMs,
		emailUndeliverableAtMs: null,
		emailUndeliverableBecause: null,
		deletedAtMs: null,
		...changed,
	};
	await db.insert(users).values(user);
	return user;
}

const send = (draft: Draft = {}, replaced: Parameters<typeof bring>[1] = {}) =>
	bring(compose({ from: `Ada <${ada.email}>`, ...draft }), { from: ada.email, ...replaced });
const conversionsOf = ({ id }: User) =>
	db.select().from(conversions).where(eq(conversions.userId, id));

/** Expects a mail to be refused, with these words, and to leave nothing. */
async function expectRejected(taking: Promise<{ rejected: string | null }>, words: string) {
	const { rejected } = await taking;
	expect(rejected).toContain(words);
	// As a reply of SMTP has to be.
	expect(rejected).toMatch(/^[ -~]{1,300}$/);
	expect(await conversionsOf(ada)).toEqual([]);
}

describe("a video that is attached to a mail", () => {
	test("becomes a conversion, whose answer will be a reply to the mail", async () => {
		const raw = compose({
			from: `Ada <${ada.email.toUpperCase()}>`,
			subject: "=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
			headers: ["References: <one@example.com>", " <two@example.com>"],
		});
		expect(await bring(raw, { from: ada.email })).toEqual({ rejected: null });
		const [row, ...others] = await conversionsOf(ada);
		expect(others).toEqual([]);
		expect(row).toMatchObject({
			status: "queued",
			filename: "holiday.mp4",
			options: { quality: "high" },
			sourceSizeBytes: TINY_VIDEO.length,
		});
		const stored = await bindings.VIDEOS.get(row?.id ?? "");
		expect(await stored?.text()).toBe(TINY_VIDEO);
		const [thread] = await db.select().from(mailThreads).where(eq(mailThreads.userId, ada.id));
		expect(thread).toEqual({
			conversionId: row?.id,
			userId: ada.id,
			messageId: /<[^>]+@example.com>/.exec(/^Message-ID: .*$/m.exec(raw)?.[0] ?? "")?.[0],
			references: ["<one@example.com>", "<two@example.com>"],
			subject: "Grüße",
		});
	});

	test("is one conversion, however often the mail comes, ten times at once, too", async () => {
		const raw = compose({ from: ada.email });
		const all = await Promise.allSettled(
			Array.from({ length: 10 }, () => bring(raw, { from: ada.email })),
		);
		// Those that came while the first was being stored come again.
		for (const one of all) {
			if (one.status === "rejected") expect(String(one.reason)).toContain("idempotency_key_busy");
		}
		expect(await bring(raw, { from: ada.email })).toEqual({ rejected: null });
		expect(await conversionsOf(ada)).toHaveLength(1);
	});

	test.each([
		["by the subject", { subject: "voice" }, { quality: "voice" }],
		["by a reply's subject", { subject: "Re: 320k" }, { bitrateKbps: 320 }],
		[
			"by the first line",
			{ text: "\r\nfrom 1:30 to 2:00\r\n\r\nBest wishes" },
			{ startSeconds: 90, endSeconds: 120 },
		],
		["by both", { subject: "best", text: "mono" }, { quality: "best", channels: 1 }],
	])("is converted as it is asked for %s", async (_, draft, options) => {
		expect(await send(draft)).toEqual({ rejected: null });
		expect(await conversionsOf(ada)).toMatchObject([{ options }]);
	});

	test("is taken as an octet stream with a name, beside a picture in the signature", async () => {
		const attachments = [
			{ type: "image/png", name: "logo.png", content: "PNG" },
			{ type: "application/octet-stream", name: "film.mkv", content: TINY_VIDEO },
		];
		expect(await send({ attachments })).toEqual({ rejected: null });
		expect(await conversionsOf(ada)).toMatchObject([{ filename: "film.mkv" }]);
	});

	test("has a name that is fit to be shown", async () => {
		const attachments = [{ ...VIDEO, name: "../../\u202egnp.exe\u0007.mp4" }];
		await send({ attachments });
		const [row] = await conversionsOf(ada);
		expect(row?.filename).not.toMatch(/[\p{Cc}\u202e/]/u);
	});
});

describe("a mail is refused, with a reason,", () => {
	test.each<[string, Draft, string]>([
		["without a video", { attachments: [] }, "no video attached"],
		["with two", { attachments: [VIDEO, VIDEO] }, "one video a mail"],
		[
			"with a picture alone",
			{ attachments: [{ type: "image/png", name: "a.png", content: "x" }] },
			"no video",
		],
		[
			"with a file that is no video",
			{ attachments: [{ ...VIDEO, content: "#!/bin/sh\nrm -rf /" }] },
			"video",
		],
		["with an empty file", { attachments: [{ ...VIDEO, content: "" }] }, "no bytes"],
		["that asks for what there is not", { subject: "317k" }, "bitrateKbps"],
		["that asks for two things at once", { subject: "voice, 320k" }, "quality"],
	])("%s", async (_, draft, words) => {
		await expectRejected(send(draft), words);
	});

	test("that is too large, before it is read", async () => {
		const big = { ...VIDEO, content: "x".repeat(20 * 1024 * 1024) };
		await expectRejected(send({ attachments: [big] }), "25 MiB");
	});

	test("for whose video there is no room", async () => {
		await bindings.DB.prepare("insert into user_limits (user_id, max_stored_bytes) values (?, 5)")
			.bind(ada.id)
			.run();
		await expectRejected(send(), "Delete conversions that you no longer need");
	});

	test("of nesting without end", async () => {
		const deep = Array.from(
			{ length: 60 },
			(_, n) => `Content-Type: multipart/mixed; boundary="b${n}"\r\n\r\n--b${n}`,
		);
		await expectRejected(bring(`From: ${ada.email}\r\n${deep.join("\r\n")}`), "cannot be read");
	});
});

describe("nobody gets in", () => {
	const NOT_AUTHENTIC = "no DMARC pass";

	test.each<[string, string[]]>([
		["without any check", []],
		["whose check failed", [AUTHENTIC.replace("dmarc=pass", "dmarc=fail")]],
		[
			"who passed for another domain",
			[AUTHENTIC.replace("header.from=example.com", "header.from=evil.example")],
		],
		[
			"who passed for a domain that only ends so",
			[AUTHENTIC.replace("header.from=example.com", "header.from=evilexample.com")],
		],
		[
			"who passed only SPF and DKIM",
			["Authentication-Results: mx.cloudflare.net; spf=pass; dkim=pass header.d=example.com"],
		],
		["whom another server has passed", [AUTHENTIC.replace("mx.cloudflare.net", "mx.evil.example")]],
		[
			"whose own header stands below the true one",
			["Authentication-Results: mx.cloudflare.net; dmarc=fail header.from=example.com", AUTHENTIC],
		],
		[
			"whose own header stands below another's",
			["Authentication-Results: mx.evil.example; none", AUTHENTIC],
		],
		[
			"who hides the verdict in a comment",
			[
				"Authentication-Results: mx.cloudflare.net; spf=fail (; dmarc=pass header.from=example.com)",
			],
		],
		[
			"who hides it in quotes",
			[
				'Authentication-Results: mx.cloudflare.net; spf=fail smtp.mailfrom="x; dmarc=pass header.from=example.com"',
			],
		],
		["who leaves a quote open", [`${AUTHENTIC} reason="`]],
		["who leaves a comment open", [`${AUTHENTIC} (`]],
		["who says it twice", [`${AUTHENTIC}; dmarc=fail header.from=example.com`]],
		[
			"who names the domain twice",
			[
				AUTHENTIC.replace(
					"header.from=example.com",
					"header.from=evil.example header.from=example.com",
				),
			],
		],
		[
			"who puts the server's name into a comment",
			[
				"Authentication-Results: (mx.cloudflare.net) mx.evil.example; dmarc=pass header.from=example.com",
			],
		],
		["whose header says nothing", ["Authentication-Results: "]],
	])("%s", async (_, onTop) => {
		await expectRejected(send({ onTop }), NOT_AUTHENTIC);
	});

	test.each<[string, (email: string) => string]>([
		["a display name that looks like an address", (email) => `"${email}" <eve@evil.example>`],
		["a comment that looks like an address", (email) => `eve@evil.example (${email})`],
	])("with %s", async (_, from) => {
		await expectRejected(send({ from: from(ada.email) }), NOT_AUTHENTIC);
	});

	test.each<[string, (email: string) => Draft]>([
		["two authors", (email) => ({ from: `${email}, eve@example.com` })],
		["a group of authors", (email) => ({ from: `friends: ${email};` })],
		["two From headers", (email) => ({ from: "eve@example.com", headers: [`From: ${email}`] })],
		["no author", () => ({ from: "" })],
		["an author that is no address", () => ({ from: "Ada" })],
		[
			"letters that become others",
			(email) => ({ from: email.replace("example", "example\u212a") }),
		],
	])("with %s", async (_, draft) => {
		await expectRejected(send(draft(ada.email)), "exactly one address");
	});

	test.each<[string, Partial<User> | null]>([
		["has not registered", null],
		["has not confirmed the address", { emailVerifiedAtMs: null }],
		["is being deleted", { deletedAtMs: 1 }],
	])("who %s, and all of them are told the same", async (_, changed) => {
		const from = changed === null ? "stranger@example.com" : (await newUser(changed)).email;
		await expectRejected(
			send({ from }),
			"registered, confirmed addresses: see https://earshot.test",
		);
	});

	test("whose address mail came back from", async () => {
		const from = (await newUser({ emailUndeliverableAtMs: 1 })).email;
		await expectRejected(send({ from }), "came back");
	});

	test("as somebody else, with the Message-ID of theirs", async () => {
		const eve = await newUser();
		const raw = compose({ from: ada.email });
		await bring(raw, { from: ada.email });
		await bring(raw.replace(ada.email, eve.email), { from: eve.email });
		expect(await conversionsOf(ada)).toHaveLength(1);
		expect(await conversionsOf(eve)).toHaveLength(1);
	});
});

describe("what a machine sends is taken, and forgotten:", () => {
	test.each<[string, Draft, string?]>([
		["an answer by itself", { headers: ["Auto-Submitted: auto-replied"] }],
		["a notice", { headers: ["Auto-Submitted: auto-generated (by hand)"] }],
		["bulk", { headers: ["Precedence: bulk"] }],
		["a list", { headers: ["List-Id: <all.example.com>"] }],
		["what asks for no answer", { headers: ["X-Auto-Response-Suppress: All"] }],
		["mail of ours", { headers: ["X-Earshot-Event: cnv_1.1.x"] }],
		["mail from our address", { from: OURS }],
		["mail without an envelope sender", {}, ""],
		["mail from a mailer daemon", { from: "MAILER-DAEMON@example.com" }],
	])("%s", async (_, draft, from) => {
		const taken = await send(draft, from === undefined ? {} : { from });
		expect(taken).toEqual({ rejected: null });
		expect(await conversionsOf(ada)).toEqual([]);
	});

	test("and a person who says that they are none is heard", async () => {
		expect(await send({ headers: ["Auto-Submitted: no"] })).toEqual({ rejected: null });
		expect(await conversionsOf(ada)).toHaveLength(1);
	});
});

test("while something does not answer the mail comes again, and nothing stays behind", async () => {
	const GATEWAY = new Proxy(bindings.GATEWAY, {
		get: () => () => Promise.reject(new Error("the gateway is down")),
	});
	await expect(send({}, { GATEWAY })).rejects.toThrow("the gateway is down");
	expect(await conversionsOf(ada)).toEqual([]);
	expect(await send()).toEqual({ rejected: null });
});

describe("options in words", () => {
	test.each<[string, Record<string, string>]>([
		["voice", { quality: "voice" }],
		["Best quality, please!", { quality: "best" }],
		["320k", { bitrateKbps: "320" }],
		["128 kbit/s", { bitrateKbps: "128" }],
		["96kbps, 44.1 kHz and mono", { bitrateKbps: "96", sampleRateHz: "44100", channels: "1" }],
		["under 10 MB", { fitBytes: "10000000" }],
		["from 1:30 to 0:02:00.5", { startSeconds: "90", endSeconds: "120.5" }],
		["−16 LUFS", { loudnessLufs: "-16" }],
		["track eng", { track: "eng" }],
		["Fwd: Re: voice", { quality: "voice" }],
	])("%s", (text, options) => {
		expect(optionsInWords(text)).toEqual(options);
		// What people can write is what the API takes.
		expect(conversionOptions.safeParse(options).success).toBe(true);
	});

	test.each(
		[
			"",
			"Re:",
			"my best holiday",
			"voice memo",
			"best wishes",
			"bestest",
			"320kids",
			"mono lake 2026",
			"to do",
			"high five",
			"holiday 320k",
		].filter((text) => text !== "Best,"),
	)("%j asks for nothing", (text) => {
		expect(optionsInWords(text)).toBeNull();
	});

	test("the first line counts for more than the subject", () => {
		expect(optionsOf("voice, mono", "best\nvoice")).toEqual({ quality: "best", channels: "1" });
	});

	test("a first line that is a greeting or a good-bye asks for nothing", () => {
		expect(optionsOf("my holiday", "Best,\nAda")).toEqual({});
	});

	test("whatever is written, there is an end, and only known names come of it", () => {
		const word = fc.constantFrom(
			"voice",
			"320k",
			"from",
			"1:30",
			"to",
			",",
			"mono",
			"under",
			"5 mb",
			"x",
			":",
		);
		fc.assert(
			fc.property(
				fc.oneof(
					fc.string({ unit: "binary" }),
					fc.array(word).map((all) => all.join(" ")),
				),
				(text) => {
					for (const name of Object.keys(optionsOf(text, text))) {
						expect([
							"quality",
							"bitrateKbps",
							"sampleRateHz",
							"channels",
							"fitBytes",
							"startSeconds",
							"endSeconds",
							"loudnessLufs",
							"track",
						]).toContain(name);
					}
				},
			),
		);
	});
});
