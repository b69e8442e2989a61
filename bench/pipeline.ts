import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { upload } from "../local/client.ts";
import { makeSampleVideo } from "../local/ffmpeg.ts";
import { awaitMail } from "../local/mailbox.ts";
import { findFreePort } from "../local/port.ts";
import { generateSecrets } from "../local/secrets.ts";
import { signUp } from "../local/sign-up.ts";
import { startStack } from "../local/stack.ts";
import { inTurn, report, seconds } from "./in-turn.ts";

/*
 * `npm run bench`: what the pipeline costs beyond the encode itself, beside a baseline that was taken
 * in turn with it, because machines drift.
 */

const { runs } = parseArgs({ options: { runs: { type: "string", default: "9" } } }).values;
const RUNS = Number(runs);
const PASSWORD = "a password for the bench";

const dir = await mkdtemp(join(tmpdir(), "earshot-bench-"));
const stack = await startStack({
	port: await findFreePort(),
	dir,
	secrets: generateSecrets(),
	maxUploadBytes: 5e9,
	onLine: () => {},
});
try {
	const { publicUrl } = stack;
	const email = "bench@example.com";
	const token = await signUp(publicUrl, { name: "Bench", username: email, password: PASSWORD });
	const video = join(dir, "sample.mp4");
	await makeSampleVideo(video);

	const encode = () =>
		seconds(async () => {
			const args = ["-v", "error", "-y", "-i", video, "-vn", "-c:a", "libmp3lame", "-q:a", "2"];
			await promisify(execFile)("ffmpeg", [...args, join(dir, "plain.mp3")]);
		});
	const convert = async () => {
		const { id } = await upload(publicUrl, token, video);
		return seconds(() => awaitMail(publicUrl, email, id, AbortSignal.timeout(60_000)));
	};

	report(
		"upload finished → mail sent",
		"bare ffmpeg -q:a 2",
		await inTurn(RUNS, {
			"upload finished → mail sent": convert,
			"bare ffmpeg -q:a 2": encode,
		}),
	);
} finally {
	await stack.stop();
	await rm(dir, { recursive: true, force: true });
}
