import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SendResult } from "../../mail/mail-transport.ts";
import { certify } from "./authority.ts";
import type { Sending } from "./probe.ts";
import { PASSWORD, refusal, startImpostor, startServer, type TestServer } from "./servers.ts";
import { type Probe, startProbe } from "./start-probe.ts";

/*
 * Mail by SMTP, from a Worker in workerd to servers that run: honest ones, and others.
 */

const RAW = [
	"Message-ID: <cnv_1.1.mark@example.com>",
	"Subject: dots",
	"",
	".",
	"..two",
	"text . in a line",
	".QUIT",
	"",
].join("\r\n");
const ENVELOPE = { from: "earshot@example.com", to: "ada@example.com" };
const LOGIN = `ada%40example.com:${encodeURIComponent(PASSWORD)}`;

let probe: Probe;
let trusted: { key: string; cert: string };
/** Trusted just as well, and another host's. */
let elsewhere: typeof trusted;
beforeAll(async () => {
	trusted = await certify("localhost");
	elsewhere = await certify("mail.example.net");
	probe = await startProbe([trusted.cert, elsewhere.cert]);
});
afterAll(() => probe?.stop());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
	await Promise.all(closing.splice(0).map((close) => close()));
});

async function server(options: Parameters<typeof startServer>[0] = {}): Promise<TestServer> {
	const started = await startServer({ ...trusted, ...options });
	closing.push(started.close);
	return started;
}

async function impostor(talk: Parameters<typeof startImpostor>[0]) {
	const started = await startImpostor(talk);
	closing.push(started.close);
	return started;
}

async function send(url: string, changed: Partial<Sending> = {}): Promise<SendResult> {
	const sending: Sending = { url, envelope: ENVELOPE, raw: RAW, timeoutMs: 20_000, ...changed };
	const response = await fetch(probe.url, { method: "POST", body: JSON.stringify(sending) });
	expect(response.status).toBe(200);
	return (await response.json()) as SendResult;
}

/** A server on this machine without TLS, which needs none. */
const plain = ({ port }: { port: number }) => `smtp://localhost:${port}?tls=none`;

const TAKEN = { ok: true, messageId: "<cnv_1.1.mark@example.com>" };
const mail = (isSecure: boolean, user?: string) => ({
	from: "earshot@example.com",
	to: ["ada@example.com"],
	raw: RAW,
	user,
	isSecure,
});

describe("a mail arrives as it was, to the byte,", () => {
	test("over TLS, behind a password", async () => {
		const one = await server({ secure: true });
		expect(await send(`smtps://${LOGIN}@localhost:${one.port}`)).toEqual(TAKEN);
		expect(one.taken).toEqual([mail(true, "ada@example.com")]);
		expect(one.logins).toEqual([`ada@example.com:${PASSWORD}`]);
	});

	test("over STARTTLS, behind a password", async () => {
		const one = await server();
		expect(await send(`smtp://${LOGIN}@localhost:${one.port}`)).toEqual(TAKEN);
		expect(one.taken).toEqual([mail(true, "ada@example.com")]);
	});

	test("where only AUTH LOGIN is offered", async () => {
		const one = await server({ secure: true, authMethods: ["LOGIN"] });
		expect(await send(`smtps://${LOGIN}@localhost:${one.port}`)).toEqual(TAKEN);
		expect(one.taken).toEqual([mail(true, "ada@example.com")]);
	});

	test("by a server that takes its time over each step", async () => {
		const slowly = (done: (error?: Error | null) => void) => setTimeout(done, 200);
		const one = await server({
			secure: true,
			onConnect: (_session, done) => slowly(done),
			onMailFrom: (_address, _session, done) => slowly(done),
			onRcptTo: (_address, _session, done) => slowly(done),
		});
		expect(await send(`smtps://${LOGIN}@localhost:${one.port}`)).toEqual(TAKEN);
		expect(one.taken).toEqual([mail(true, "ada@example.com")]);
	});

	test("on this machine, without TLS, where that was asked for", async () => {
		const one = await server({ disabledCommands: ["AUTH", "STARTTLS"] });
		expect(await send(plain(one))).toEqual(TAKEN);
		expect(one.taken).toEqual([mail(false)]);
	});
});

describe("no password and no mail is said to", () => {
	const WAITS = { ok: false, isPermanent: false, isUndeliverable: false };

	test.each([
		["implicit", "smtps"],
		["STARTTLS", "smtp"],
	])("a server whose certificate nobody knows (%s)", async (_, scheme) => {
		const unknown = await certify("localhost");
		const one = await server({ secure: scheme === "smtps", ...unknown });
		expect(await send(`${scheme}://${LOGIN}@localhost:${one.port}`)).toMatchObject(WAITS);
		expect({ taken: one.taken, logins: one.logins }).toEqual({ taken: [], logins: [] });
	});

	test.each([
		["implicit", "smtps"],
		["STARTTLS", "smtp"],
	])("a server with the good certificate of another host (%s)", async (_, scheme) => {
		const one = await server({ secure: scheme === "smtps", ...elsewhere });
		expect(await send(`${scheme}://${LOGIN}@localhost:${one.port}`)).toMatchObject(WAITS);
		expect({ taken: one.taken, logins: one.logins }).toEqual({ taken: [], logins: [] });
	});

	test("a server that does not offer STARTTLS", async () => {
		const one = await server({ disabledCommands: ["STARTTLS"], allowInsecureAuth: true });
		expect(await send(`smtp://${LOGIN}@localhost:${one.port}`)).toMatchObject({
			...WAITS,
			code: expect.stringMatching(/^50\d/),
		});
		expect({ taken: one.taken, logins: one.logins }).toEqual({ taken: [], logins: [] });
	});

	test("somebody who answers STARTTLS, and goes on in plain text", async () => {
		const one = await impostor(async (socket, said) => {
			socket.write("220 hello\r\n");
			await said(/EHLO/);
			socket.write("250-hello\r\n250 STARTTLS\r\n");
			await said(/STARTTLS/);
			socket.write("220 go ahead\r\n250-AUTH PLAIN\r\n250 hello again\r\n");
		});
		expect(await send(`smtp://${LOGIN}@localhost:${one.port}`, { timeoutMs: 2000 })).toMatchObject(
			WAITS,
		);
		expect(one.heard()).not.toMatch(/AUTH|MAIL/);
	});

	test("a server without any way to log in that we know", async () => {
		const one = await server({ secure: true, disabledCommands: ["AUTH"] });
		expect(await send(`smtps://${LOGIN}@localhost:${one.port}`)).toMatchObject(WAITS);
		expect(one.taken).toEqual([]);
	});

	test("a server that refuses the password", async () => {
		const one = await server({ secure: true });
		expect(await send(`smtps://ada:wrong@localhost:${one.port}`)).toMatchObject({
			...WAITS,
			code: "535 5.7.8",
		});
		expect(one.taken).toEqual([]);
	});
});

describe("a refusal", () => {
	type Step = "onMailFrom" | "onRcptTo";
	const refusing = (step: Step, code: number, text: string) =>
		server({
			[step]: (_address: unknown, _session: unknown, done: (error: Error) => void) =>
				done(refusal(code, text)),
		});

	test.each([
		// What is about the mailbox, is about this mail, or will pass.
		[
			"onRcptTo",
			550,
			"5.1.1 no such user",
			{ isPermanent: true, isUndeliverable: true, code: "550 5.1.1" },
		],
		[
			"onRcptTo",
			550,
			"relay not permitted",
			{ isPermanent: true, isUndeliverable: false, code: "550" },
		],
		[
			"onRcptTo",
			554,
			"5.2.1 disabled",
			{ isPermanent: true, isUndeliverable: true, code: "554 5.2.1" },
		],
		[
			"onRcptTo",
			554,
			"5.7.1 we do not like you",
			{ isPermanent: true, isUndeliverable: false, code: "554 5.7.1" },
		],
		[
			"onRcptTo",
			552,
			"5.2.2 mailbox full",
			{ isPermanent: true, isUndeliverable: false, code: "552 5.2.2" },
		],
		[
			"onRcptTo",
			450,
			"4.2.0 busy",
			{ isPermanent: false, isUndeliverable: false, code: "450 4.2.0" },
		],
		// What is about us, whoever runs Earshot can mend.
		[
			"onMailFrom",
			550,
			"5.7.1 not your address",
			{ isPermanent: false, isUndeliverable: false, code: "550 5.7.1" },
		],
	] as const)("%s %i %s", async (step, code, text, result) => {
		const one = await refusing(step, code, text);
		expect(await send(`smtp://localhost:${one.port}`)).toMatchObject({
			ok: false,
			...result,
			reason: expect.stringContaining(text),
		});
		expect(one.taken).toEqual([]);
	});

	test.each([
		[554, "5.6.0 looks like spam", { isPermanent: true, isUndeliverable: false }],
		[550, "5.1.1 found out late", { isPermanent: true, isUndeliverable: false }],
		[451, "4.3.0 disk full", { isPermanent: false, isUndeliverable: false }],
	])("of the content: %i %s", async (code, text, result) => {
		const one = await server({
			onData(stream, _session, done) {
				stream.resume();
				stream.on("end", () => done(refusal(code, text)));
			},
		});
		expect(await send(`smtp://localhost:${one.port}`)).toMatchObject({ ok: false, ...result });
	});

	test("that asks to come again (greylisting) is gone the next time", async () => {
		let tries = 0;
		const one = await server({
			onRcptTo: (_address, _session, done) =>
				done(++tries === 1 ? refusal(451, "4.7.1 greylisted, come again") : null),
		});
		const url = `smtp://localhost:${one.port}`;
		expect(await send(url)).toMatchObject({ ok: false, isPermanent: false, code: "451 4.7.1" });
		expect(await send(url)).toEqual(TAKEN);
		expect(one.taken).toHaveLength(1);
	});
});

describe("a mail waits when", () => {
	const WAITS = { ok: false, isPermanent: false, isUndeliverable: false };

	test("nobody listens", async () => {
		const one = await server();
		await one.close();
		closing.pop();
		expect(await send(plain(one))).toMatchObject({ ...WAITS, code: "unreachable" });
	});

	test("the connection is dropped in the middle of it", async () => {
		const one = await impostor(async (socket, said) => {
			socket.write("220 hello\r\n");
			await said(/EHLO/);
			socket.write("250 hello\r\n");
			await said(/MAIL/);
			socket.write("250 ok\r\n");
			await said(/RCPT/);
			socket.write("250 ok\r\n");
			await said(/DATA/);
			socket.write("354 go ahead\r\n");
			await said(/Subject/);
			socket.destroy();
		});
		expect(await send(plain(one))).toMatchObject(WAITS);
	});

	test.each([
		["never answers", ""],
		["never ends its greeting", "220-wait"],
	])("the server %s", async (_, greeting) => {
		const one = await impostor((socket) => {
			socket.write(greeting);
		});
		expect(await send(plain(one), { timeoutMs: 300 })).toMatchObject({
			...WAITS,
			code: "timed_out",
		});
	});

	test("the server answers without end", async () => {
		const one = await impostor((socket) => {
			const more = () => {
				while (!socket.destroyed && socket.write("220-more\r\n".repeat(1000)));
			};
			socket.on("drain", more);
			more();
		});
		expect(await send(plain(one))).toMatchObject({ ...WAITS, code: "protocol_error" });
	});

	test.each([
		["a line without end", `220 ${"x".repeat(100_000)}`],
		["another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n"],
		["nonsense", "\0\u0001\u0002\r\n"],
	])("the server speaks %s", async (_, text) => {
		const one = await impostor((socket) => {
			socket.write(text);
		});
		expect(await send(plain(one))).toMatchObject({ ...WAITS, code: "protocol_error" });
	});
});

test.each([
	"ada@example.com>\r\nRCPT TO:<eve@example.com",
	"ada@example.com\nDATA",
	"<ada@example.com",
	"ada @example.com",
	"ädä@example.com",
	"",
])("an address that would say something else is not said: %j", async (to) => {
	const one = await server();
	const result = await send(`smtp://localhost:${one.port}`, { envelope: { ...ENVELOPE, to } });
	expect(result).toMatchObject({ ok: false, isPermanent: true, code: "address_refused" });
	expect(one.taken).toEqual([]);
});

test("while our own address is none, nothing is said, and the mail waits", async () => {
	const one = await server();
	const from = "Earshot <earshot@example.com>";
	const result = await send(`smtp://localhost:${one.port}`, { envelope: { ...ENVELOPE, from } });
	expect(result).toMatchObject({ ok: false, isPermanent: false, code: "sender_refused" });
	expect(one.taken).toEqual([]);
});
