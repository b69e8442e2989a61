import { randomUUID } from "node:crypto";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { JobErrorCode } from "#contracts/job-error.ts";
import { encodeArguments } from "../ffmpeg/arguments.ts";
import { run } from "../ffmpeg/run.ts";
import { soundFilters } from "../ffmpeg/sound-filters.ts";
import type { Toolbox } from "../ffmpeg/toolbox.ts";
import { findExecutable } from "../find-executable.ts";
import { readInfoHeader } from "../mp3/info-header.ts";
import type { Attack } from "./attacks/attack.ts";
import { bombs } from "./attacks/bombs.ts";
import { damage } from "./attacks/damage.ts";
import { enlarged } from "./attacks/enlarged.ts";
import { references } from "./attacks/references.ts";
import { highPlan, untreated } from "./encoding.ts";
import { mkvWithTexts, mp4 } from "./media.ts";
import { testedToolbox } from "./media-programs.ts";
import { type Conversion, type Peers, startPeers } from "./peers/index.ts";
import { type Call, findStrace, readTrace, straceArguments, tracerOf } from "./strace.ts";
import { isAlive, startTranscoder, type TranscoderProcess } from "./transcoder-process.ts";
import { setTrap } from "./trap.ts";
import { ofMedia, trespasses } from "./trespasses.ts";

/*
 * Files made to harm, through the whole transcoder and into ffmpeg itself, and what these really
 * did, by strace and by a port that waits for them. docs/decisions/009-hostile-media.md
 */

const strace = await findStrace();
const traced = "path" in strace;
const unlessTraced = traced ? "" : ` (left out: ${strace.missing})`;

const base = join(tmpdir(), `earshot-hostile-${randomUUID()}`);
const trap = await setTrap();
const targets = { port: trap.port, canary: join(base, "canary.mp4") };
const hostile = [...references(targets), ...bombs()];
const files = [...hostile, ...damage()];
/** Of these the transcoder looks for the sound itself, before any media program does. */
const indexed = files.filter(({ name }) => /^(QuickTime|a QuickTime movie|mp4|mov) /.test(name));
const corpus = [...files, ...indexed.map(enlarged)];

let toolbox: Toolbox;
/** What ffprobe and ffmpeg open whatever they are to do. */
const usual = new Set<string>();

beforeAll(async () => {
	await mkdir(base);
	await copyFile(await mp4(), targets.canary);
	toolbox = await testedToolbox();
	if (!traced) return;
	for (const program of ["ffprobe", "ffmpeg"] as const) {
		const { calls } = await runTraced(program, ["-version"], await jobDirectory());
		for (const path of calls.flatMap(({ paths }) => paths)) usual.add(path);
	}
}, 60_000);

afterAll(async () => {
	await trap[Symbol.asyncDispose]();
	await rm(base, { recursive: true, force: true });
});

/** Its neighbours are what relative references lead to. */
async function jobDirectory(): Promise<string> {
	const directory = join(await mkdtemp(join(base, "direct-")), "run", "job");
	await mkdir(directory, { recursive: true });
	for (const place of ["canary.mp4", "../../canary.mp4"]) {
		await copyFile(await mp4(), join(directory, place));
	}
	return directory;
}

/** As a name and in every tag: for a shell, printf, a path, a terminal and whoever reads it. */
const HOSTILE_TEXT =
	"EVIL'\"; rm -rf / #$(reboot)`reboot`%s%n../../../etc\n\u001b[2J\u009b31m\u202e\u2028.mp4";
const HOSTILE_HEADERS = {
	"content-type": "audio/mpeg",
	"content-disposition": `attachment; filename*=UTF-8''${encodeURIComponent(HOSTILE_TEXT)}`,
};

const never = new AbortController().signal;

async function runTraced(
	program: "ffprobe" | "ffmpeg",
	args: readonly string[],
	directory: string,
	executable = toolbox[program],
) {
	const path = traced ? strace.path : expect.fail();
	const prefix = join(await mkdtemp(join(base, "trace-")), "thread");
	const task = {
		program,
		args: [...straceArguments(prefix), executable, ...args],
		directory,
		onOutput: () => {},
	};
	const result = await run(task, { ...toolbox, [program]: path }, never);
	return { result, calls: await readTrace(prefix, directory) };
}

describe("the whole transcoder", () => {
	const conversions = new Map<string, Conversion>();
	let named: Conversion;
	let peers: Peers;
	let transcoder: TranscoderProcess;
	let calls: Call[] = [];

	beforeAll(async () => {
		peers = await startPeers();
		const workDirectory = join(base, "work");
		await mkdir(workDirectory);
		await copyFile(await mp4(), join(workDirectory, "canary.mp4"));
		for (const { name, bytes } of corpus) {
			const video = join(base, "upload");
			await writeFile(video, await bytes());
			conversions.set(name, await peers.enqueue(video));
		}
		named = await peers.enqueue(await mkvWithTexts(HOSTILE_TEXT), {}, HOSTILE_HEADERS);
		const prefix = join(await mkdtemp(join(base, "trace-")), "thread");
		// Detached, so that the process started here is Node.
		const launcher = traced ? [strace.path, "-D", ...straceArguments(prefix)] : [];
		const { ffmpeg: FFMPEG_PATH } = toolbox;
		const environment = { ...peers.environment, FFMPEG_PATH, WORK_DIR: workDirectory };
		transcoder = await startTranscoder(environment, launcher);
		await vi.waitFor(() => expect(peers.queues.seen.acknowledged).toHaveLength(corpus.length + 1), {
			timeout: 290_000,
			interval: 100,
		});
		const tracer = traced ? await tracerOf(transcoder.pid) : undefined;
		transcoder.signal("SIGTERM");
		await transcoder.exited;
		if (tracer === undefined) return;
		// It ends after the last of those that it watches, and has then written all.
		await vi.waitFor(() => expect(isAlive(tracer)).toBe(false), { timeout: 60_000 });
		calls = await readTrace(prefix, process.cwd());
	}, 300_000);

	afterAll(async () => {
		await transcoder.stop();
		await peers.close();
	});

	test.for(corpus)("comes to a proper end with $name", ({ name, end }) => {
		const conversion = conversions.get(name) ?? expect.fail();
		const [outcome, ...more] = conversion.outcomes;
		expect(more).toEqual([]);
		if (outcome?.type === "converted") {
			expect(["converted", "either"]).toContain(end);
			const mp3 = peers.store.objects.get(conversion.targetKey) ?? expect.fail("nothing stored");
			const header = readInfoHeader(mp3);
			expect(header?.durationSeconds).toBeGreaterThan(0);
			expect(header?.sizeBytes).toBe(mp3.length - (header?.offset ?? 0));
			return;
		}
		expect(peers.store.objects.has(conversion.targetKey)).toBe(false);
		const someFault = end === "either" || end === "refused";
		expect(someFault ? FAULTS_OF_FILES : [end]).toContain(outcome?.error.code);
	});

	test("has looked for the sound itself in some of them", () => {
		const ways = transcoder.log().map(({ way }) => way);
		expect(ways).toContain("sound_only");
	});

	test("ends as it was told to and leaves nothing behind", async () => {
		expect(await transcoder.exited).toEqual({ code: 0, signal: null });
		expect(await transcoder.leftovers()).toEqual(["canary.mp4"]);
	});

	test("was followed by nobody to where the files point", () => {
		expect(trap.visits).toEqual([]);
		expect(peers.strangers).toEqual([]);
	});

	test("writes one printable line a record, with nothing in it from the files", () => {
		const lines = transcoder.output.text.trimEnd().split("\n");
		for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
		expect(lines.join("")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]|canary|EVIL/u);
	});

	test("hands names on as they came", () => {
		expect(named.outcomes).toMatchObject([{ type: "converted" }]);
		const { conversionId } = named.message;
		expect(peers.store.objects.get(`videos/${conversionId}`)?.includes("EVIL")).toBe(true);
	});

	describe.runIf(traced)(`by what it asked of the kernel${unlessTraced}`, () => {
		test("has run the media programs", () => {
			const opened = ofMedia(calls).filter(({ text }) => /^openat.*"source"/.test(text));
			expect(opened.length).toBeGreaterThan(corpus.length);
		});

		test("keeps them to their job's directory, without sockets or processes", () => {
			expect(trespasses(calls, usual)).toEqual([]);
		});

		test("never comes near what the files name, nor makes a path or an argument of a name", () => {
			expect(calls.filter(({ text }) => /canary|passwd|EVIL/.test(text))).toEqual([]);
		});

		test("connects to its peers alone", () => {
			const connections = calls.filter(({ name }) => /^(connect|sendto|sendmsg)$/.test(name));
			const elsewhere = connections.filter(
				({ text }) =>
					!text.includes(`htons(${new URL(peers.url).port}), sin_addr=inet_addr("127.0.0.1")`),
			);
			expect(connections.length).toBeGreaterThan(0);
			expect(elsewhere).toEqual([]);
		});
	});
});

/** The owner can do something about these, and another try would not help. */
const FAULTS_OF_FILES: readonly (JobErrorCode | undefined)[] = [
	"corrupt_input",
	"no_audio_track",
	"unsupported_codec",
	"too_long",
	"too_large",
];

/** Which it only is when ffprobe has found nothing wrong: so past that, and with neighbours. */
describe.runIf(traced).concurrent(`ffmpeg itself, given the file${unlessTraced}`, () => {
	const brief = hostile.filter(({ isLong }) => !isLong);

	test.for(brief)("keeps to the job's directory with $name", async ({ bytes }: Attack) => {
		const directory = await jobDirectory();
		await writeFile(join(directory, "source"), await bytes());
		const sound = { input: "source", soundIndex: 0 };
		const filters = soundFilters(untreated, highPlan);
		const args = encodeArguments(sound, "output.mp3", filters, highPlan.rate);
		// Whichever stream it is: nobody has looked.
		args[args.indexOf("-map") + 1] = "0:a:0";
		const { result, calls } = await runTraced("ffmpeg", args, directory);
		expect(ofMedia(calls).some(({ text }) => /^openat.*"source"/.test(text))).toBe(true);
		expect(trespasses(calls, usual)).toEqual([]);
		if (!result.ok) expect(FAULTS_OF_FILES).toContain(result.code);
	});
});

test("the port that the files name was never called", () => {
	expect(trap.visits).toEqual([]);
});

/** Without this, silence would prove nothing: the same files, programs and traces, but no guards. */
describe.runIf(traced).concurrent(`without our guards${unlessTraced}`, () => {
	const unguarded = ["-v", "error", "-protocol_whitelist", "file,http,tcp,crypto,data"];

	test.for([
		["an HLS playlist of a URL", [], /^connect\(/],
		["an HLS playlist of a path", [], /^openat\(.*canary\.mp4".* = \d/],
		["a concat script of a neighbour", [], /^openat\(.*"canary\.mp4".* = \d/],
		[
			"a QuickTime movie whose sound is at alis a path",
			["-enable_drefs", "1", "-use_absolute_path", "1"],
			/^openat\(.*canary\.mp4".* = \d/,
		],
	] as const)("%s is followed, and seen", async ([name, flags, sight]) => {
		await using own = await setTrap();
		const attack = references({ ...targets, port: own.port }).find((each) => each.name === name);
		const directory = await jobDirectory();
		// HLS goes by the suffix.
		await writeFile(join(directory, "source.m3u8"), (await attack?.bytes()) ?? expect.fail());
		const args = [...unguarded, ...flags, "-i", "source.m3u8"];
		// The machine's: the image's own could not follow anything.
		const ffprobe = (await findExecutable("ffprobe", process.env["PATH"])) ?? expect.fail();
		const { calls } = await runTraced("ffprobe", args, directory, ffprobe);
		expect(trespasses(calls, usual)).toContainEqual(expect.stringMatching(sight));
		expect(own.visits.length > 0).toBe(sight.source.includes("connect"));
	});
});
