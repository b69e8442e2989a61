import { createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Email } from "postal-mime";
import { type ConversionView, getConversion, upload } from "./client.ts";
import { durationSeconds, makeSampleVideo, playedSeconds } from "./ffmpeg.ts";
import { awaitMail } from "./mailbox.ts";
import { findFreePort, isPortFree } from "./port.ts";
import { progressBar } from "./progress-bar.ts";
import { generateSecrets } from "./secrets.ts";
import { readSettings, type Settings } from "./settings.ts";
import { signUp } from "./sign-up.ts";
import { type Stack, startStack } from "./stack.ts";
import { tailOf } from "./tail.ts";

/*
 * `npm run demo [-- video.mp4]`: one video's whole way through a system of its own, then all is
 * stopped and only the MP3 remains.
 */

/** A mail that has not come by then will not come. */
const MAIL_TIMEOUT_MS = 30_000;

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
	process.on(name, () => interrupted.abort(new Error("Interrupted.")));
}
const { signal } = interrupted;

const output = tailOf(40);
let step = "reading the settings";

async function demo(givenPath: string | undefined): Promise<void> {
	const settings = readSettings(process.env);
	const dir = await mkdtemp(join(tmpdir(), "earshot-demo-"));
	let stack: Stack | undefined;
	try {
		const path = givenPath ?? join(dir, "earshot-sample.mp4");
		step = "preparing the video";
		if (givenPath === undefined) await makeSampleVideo(path);
		else await stat(path);
		const port = await choosePort(settings);
		step = "starting the system";
		console.log("Starting Earshot …");
		stack = await startStack({
			port,
			dir,
			secrets: generateSecrets(),
			maxUploadBytes: settings.MAX_UPLOAD_BYTES,
			onLine: (_part, line) => output.add(line),
			signal,
		});
		const broken = stack.broken.then((reason) => {
			throw new Error(reason);
		});
		await Promise.race([convertOne(stack.publicUrl, settings, path), broken]);
		step = "stopping the system";
	} finally {
		await stack?.stop();
		await rm(dir, { recursive: true, force: true });
	}
}

async function convertOne(publicUrl: string, settings: Settings, path: string): Promise<void> {
	const { DEMO_EMAIL: email, DEMO_PASSWORD: password } = settings;
	step = "opening an account";
	const account = { name: "Demo", username: email, password };
	const token = await signUp(publicUrl, account, signal);

	step = "uploading";
	const sizeBytes = (await stat(path)).size;
	console.log(`Uploading ${basename(path)} (${megabytes(sizeBytes)}) …`);
	const startedMs = Date.now();
	const { id } = await upload(publicUrl, token, path);
	const uploadedMs = Date.now();

	step = "converting";
	const done = await watch(publicUrl, token, id);
	const convertedMs = Date.now();
	step = "waiting for the mail";
	const patience = AbortSignal.any([signal, AbortSignal.timeout(MAIL_TIMEOUT_MS)]);
	const mail = await awaitMail(publicUrl, email, id, patience);
	printMail(mail);
	if (done.error !== null) {
		step = "converting";
		throw new Error(`${done.error.message} ${done.error.hint}`);
	}

	step = "downloading through the signed link";
	const link = /https?:\S+X-Amz-Signature=\S+/.exec(mail.text ?? "")?.[0];
	if (link === undefined) throw new Error("The mail holds no signed link.");
	const mp3Path = `${basename(path).replace(/\.[^.]*$/, "")}.mp3`;
	await download(link, mp3Path);

	step = "measuring";
	const [seconds, mp3Seconds] = [await durationSeconds(path), await playedSeconds(mp3Path)];
	const mp3Bytes = (await stat(mp3Path)).size;
	console.log(`Saved ${mp3Path}

  duration   ${seconds.toFixed(2)} s in, ${mp3Seconds.toFixed(2)} s out
  size       ${megabytes(sizeBytes)} in, ${megabytes(mp3Bytes)} out
  bitrate    ${Math.round((mp3Bytes * 8) / mp3Seconds / 1000)} kbit/s on average
  taken      ${taken(startedMs, uploadedMs)} uploading, ${taken(uploadedMs, convertedMs)} converting
`);
}

/** The chosen PORT, or any free one when it was left to us. */
async function choosePort({ PORT }: Settings): Promise<number> {
	step = "choosing a port";
	if (process.env["PORT"] === undefined) return findFreePort();
	if (!(await isPortFree(PORT))) throw new Error(`Port ${PORT} is taken. Set PORT to another one.`);
	return PORT;
}

/** Shows progress until the conversion is final. */
async function watch(publicUrl: string, token: string, id: string): Promise<ConversionView> {
	const bar = progressBar(process.stdout);
	while (true) {
		signal.throwIfAborted();
		const now = await getConversion(publicUrl, token, id);
		bar.show(now.progress, now.phase ?? now.status);
		if (now.status === "done" || now.status === "failed") {
			bar.end();
			return now;
		}
		await delay(100, undefined, { signal });
	}
}

function printMail({ from, to, subject, text }: Email): void {
	const recipients = to?.map(({ address }) => address).join(", ");
	console.log(`
  From:    ${from?.name} <${from?.address}>
  To:      ${recipients}
  Subject: ${subject}

${(text ?? "").trim().replace(/^/gm, "  | ")}
`);
}

async function download(url: string, path: string): Promise<void> {
	const response = await fetch(url, { signal });
	if (!response.ok || response.body === null) {
		throw new Error(`The signed link answered ${response.status}.`);
	}
	await pipeline(Readable.fromWeb(response.body), createWriteStream(path));
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(2)} MB`;
const taken = (fromMs: number, toMs: number) => `${((toMs - fromMs) / 1000).toFixed(1)} s`;

try {
	await demo(process.argv[2]);
} catch (error) {
	const reason = error instanceof Error ? error.message : String(error);
	console.error(`\nearshot: the demo failed while ${step}: ${reason}`);
	if (output.text() !== "") console.error(`\nThe system's last lines:\n${output.text()}`);
	process.exitCode = 1;
}
