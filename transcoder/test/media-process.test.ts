import { execFile } from "node:child_process";
import { getPriority } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, vi } from "vitest";
import { encodeArguments, probeArguments } from "../ffmpeg/arguments.ts";
import { encode } from "../ffmpeg/encode.ts";
import { run, type Task } from "../ffmpeg/run.ts";
import { limitedTo, PROBE_LIMITS } from "../ffmpeg/task-limits.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { encodingOf, highPlan } from "./encoding.ts";
import { mp4, mp4Long } from "./media.ts";
import { test } from "./toolbox-test.ts";
import { isAlive } from "./transcoder-process.ts";

const never = new AbortController().signal;

/** Another program in ffmpeg's place, and what it says. */
async function runInstead(
	program: string,
	args: string[],
	directory: string,
	toolbox: Toolbox,
	onOutput: (text: string) => void = () => {},
	signal = never,
) {
	let output = "";
	const result = await run(
		{
			program: "ffmpeg",
			args,
			directory,
			onOutput: (text) => {
				output += text;
				onOutput(text);
			},
		},
		{ ...toolbox, ffmpeg: program },
		signal,
	);
	return { result, output };
}

describe.concurrent("a media process", () => {
	test("inherits no environment", async ({ directory, toolbox }) => {
		const { output } = await runInstead("/usr/bin/env", [], directory, toolbox);
		expect(output).toBe("");
	});

	test("works in the job's directory", async ({ directory, toolbox }) => {
		const { output } = await runInstead("/bin/pwd", [], directory, toolbox);
		expect(output.trim()).toMatch(directory);
	});

	test.runIf(process.platform === "linux")(
		"runs under every limit",
		async ({ directory, toolbox }) => {
			const { output } = await runInstead("/bin/cat", ["/proc/self/limits"], directory, toolbox);
			expect(output).toMatch(/^Max address space +1500000000 +1500000000 /m);
			expect(output).toMatch(/^Max cpu time +7200 +7200 /m);
			expect(output).toMatch(/^Max file size +2000000000 +2000000000 /m);
			expect(output).toMatch(/^Max open files +64 +64 /m);
			const { processes } = toolbox.limits;
			expect(output).toMatch(new RegExp(`^Max processes +${processes} +${processes} `, "m"));
			expect(output).toMatch(/^Max core file size +0 +0 /m);
		},
	);

	test("dies with all its children when the job is aborted", async ({ directory, toolbox }) => {
		const abort = new AbortController();
		let child = 0;
		const script = "trap '' TERM; sleep 1000 & echo $!; wait";
		const running = runInstead(
			"/bin/sh",
			["-c", script],
			directory,
			toolbox,
			(text) => {
				child = Number(text);
				abort.abort(new Error("enough"));
			},
			abort.signal,
		);
		await expect(running).rejects.toThrow("enough");
		await vi.waitFor(async () => expect(await isRunning(child)).toBe(false));
	});

	test("dies with the transcoder that started it", async ({ directory, toolbox }) => {
		const script = `
			import { run } from ${JSON.stringify(join(import.meta.dirname, "../ffmpeg/run.ts"))};
			const task = {
				program: "ffmpeg",
				args: ["-c", "echo $$; exec sleep 1000"],
				directory: ${JSON.stringify(directory)},
				onOutput: (text) => { console.log(text.trim()); process.exit(1); },
			};
			const toolbox = ${JSON.stringify({ ...toolbox, decoders: [], ffmpeg: "/bin/sh" })};
			await run(task, toolbox, new AbortController().signal);
		`;
		const args = ["--input-type=module", "--eval", script];
		const exited = await promisify(execFile)(process.execPath, args).catch((error) => error);
		const pid = Number(exited.stdout);
		expect(pid).toBeGreaterThan(0);
		await vi.waitFor(async () => expect(await isRunning(pid)).toBe(false));
	});

	test("that takes too long is killed: timed_out", async ({ directory, toolbox }) => {
		const impatient = { ...toolbox, limits: { ...toolbox.limits, wallClockMs: 50 } };
		const { result } = await runInstead("/bin/sleep", ["1000"], directory, impatient);
		expect(result).toMatchObject({ ok: false, code: "timed_out" });
	});

	test.runIf(process.platform === "linux")(
		"that uses up its time on the processor is killed: timed_out",
		async ({ directory, toolbox }) => {
			const impatient = { ...toolbox, limits: { ...toolbox.limits, cpuSeconds: 1 } };
			const busy = ["-c", "while :; do :; done"];
			const { result } = await runInstead("/bin/sh", busy, directory, impatient);
			expect(result).toMatchObject({ ok: false, code: "timed_out" });
		},
	);

	test.for([
		["KILL", "internal"],
		["SEGV", "corrupt_input"],
		["ABRT", "corrupt_input"],
	])(
		"that dies of %s is our fault or the file's: %s",
		async ([signal, code], { directory, toolbox }) => {
			const { result } = await runInstead(
				"/bin/sh",
				["-c", `kill -${signal} $$`],
				directory,
				toolbox,
			);
			expect(result).toMatchObject({ ok: false, code });
		},
	);

	test("whose output nobody wants any more is not to blame, even if it ends first", async ({
		directory,
		toolbox,
	}) => {
		const script = "trap 'exit 1' PIPE; echo $$; while :; do echo more || exit 1; done";
		const task: Task = {
			program: "ffmpeg",
			args: ["-c", script],
			directory,
			readOutput: async (bytes) => {
				let pid = 0;
				for await (const text of bytes) {
					pid = Number.parseInt(text.toString(), 10);
					break;
				}
				await vi.waitFor(async () => expect(await isRunning(pid)).toBe(false));
				throw new Error("enough");
			},
		};
		const running = run(task, { ...toolbox, ffmpeg: "/bin/sh" }, never);
		await expect(running).rejects.toThrow("enough");
	});

	test("lets everything else go first", async ({ directory, toolbox }) => {
		const { output } = await runInstead("/usr/bin/nice", [], directory, toolbox);
		expect(Number(output)).toBe(Math.min(19, getPriority() + 10));
	});

	test.runIf(process.platform === "linux")(
		"that only reads may not write a byte into a file",
		async ({ directory, toolbox }) => {
			const args = ["-c", "echo much > file"];
			const shell = { ...toolbox, ffprobe: "/bin/sh" };
			const task = { program: "ffprobe", args, directory, onOutput: () => {} } as const;
			const result = await run(task, limitedTo(PROBE_LIMITS, shell), never);
			expect(result).toMatchObject({ ok: false, code: "too_large" });
		},
	);

	test.runIf(process.platform === "linux")(
		"gains no privileges",
		async ({ directory, toolbox }) => {
			const { output } = await runInstead("/bin/cat", ["/proc/self/status"], directory, toolbox);
			expect(output).toMatch(/^NoNewPrivs:\s+1$/m);
		},
	);

	test.runIf(process.platform === "linux")(
		"that writes too much is killed: too_large",
		async ({ directory, toolbox }) => {
			const tight = { ...toolbox, limits: { ...toolbox.limits, fileBytes: 50_000 } };
			const sound = { input: await mp4Long(), soundIndex: 1 };
			const encoding = encodingOf(sound.input, directory, { sound });
			const result = await encode(encoding, tight, never);
			expect(result).toMatchObject({ ok: false, code: "too_large" });
		},
	);

	test.for(["probing", "encoding"] as const)(
		"never decodes the picture: %s",
		async (phase, { directory, toolbox }) => {
			const input = await mp4();
			const args =
				phase === "probing"
					? probeArguments(input, toolbox.decoders)
					: encodeArguments({ input, soundIndex: 1 }, "output.mp3", [], highPlan.rate);
			const { result } = await runInstead(
				phase === "probing" ? toolbox.ffprobe : toolbox.ffmpeg,
				args,
				directory,
				toolbox,
			);
			expect(result).toMatchObject({ ok: true, value: { exitCode: 0 } });
			expect(result.ok && result.value.stderr).toMatch(/Codec \(h264\) not on whitelist/);
		},
	);

	test("never opens a URL", async ({ peers, directory, toolbox }) => {
		const encoding = encodingOf(`${peers.url}/video.mp4`, directory);
		expect(await encode(encoding, toolbox, never)).toMatchObject({ ok: false });
		expect(peers.strangers).toEqual([]);
	});

	test("may complain without end: only the end is kept, without what draws or turns", async ({
		directory,
		toolbox,
	}) => {
		const script =
			"yes 'no \x1b[31mred\x07\u202e\u2028' | head -n 5000 >&2; printf 'the\\nend' >&2";
		const { result } = await runInstead(
			"/bin/sh",
			["-c", `PATH=/bin:/usr/bin; ${script}`],
			directory,
			toolbox,
		);
		const stderr = result.ok ? result.value.stderr : expect.fail(result.detail);
		expect(stderr.length).toBeLessThanOrEqual(4_096);
		expect(stderr).toMatch(/ \[31mred the end$/);
		expect(stderr).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
	});
});

/** A killed orphan may stay in the process table until somebody reaps it. */
async function isRunning(pid: number): Promise<boolean> {
	if (!isAlive(pid)) return false;
	const { stdout } = await promisify(execFile)("ps", ["-o", "stat=", "-p", String(pid)]).catch(
		() => ({ stdout: "" }),
	);
	return stdout !== "" && !stdout.startsWith("Z");
}
