import { execFile } from "node:child_process";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { errorText } from "../error-text.ts";
import { findExecutable } from "../find-executable.ts";
import { MEDIA_LIMITS } from "../limits.ts";
import { type Confinement, confined } from "./confinement.ts";
import { hardProcessLimit } from "./process-limit.ts";

/** The media programs of this machine, found and asked once, at start. */
export type Toolbox = Confinement & {
	/** Absolute paths: the programs run without an environment, so without PATH. */
	ffmpeg: string;
	ffprobe: string;
	version: string;
	/** How its encoders sign what they make: `Lavc61.19`. */
	encoder: string;
	/** Every decoder this ffmpeg has (`probeArguments` says what for). */
	decoders: string[];
};

export type ToolboxResult = { ok: true; toolbox: Toolbox } | { ok: false; problem: string };

export async function openToolbox(
	wanted: { ffmpeg: string; ffprobe: string | undefined },
	path: string | undefined,
): Promise<ToolboxResult> {
	const missing = (name: string): ToolboxResult => ({ ok: false, problem: `${name} is not there` });

	const ffmpeg = await findExecutable(wanted.ffmpeg, path);
	if (!ffmpeg) return missing(wanted.ffmpeg);
	const beside = wanted.ffmpeg.includes(sep) ? join(dirname(ffmpeg), "ffprobe") : "ffprobe";
	const ffprobe = await findExecutable(wanted.ffprobe ?? beside, path);
	if (!ffprobe) return missing(wanted.ffprobe ?? beside);

	const processes = Math.min(MEDIA_LIMITS.processes, await hardProcessLimit());
	const confinement = {
		prlimit: await findExecutable("prlimit", path),
		setpriv: await findExecutable("setpriv", path),
		nice: await findExecutable("nice", path),
		limits: { ...MEDIA_LIMITS, processes },
	};
	try {
		const [version, decoders, encoders] = await Promise.all([
			ask(ffmpeg, "-version", confinement),
			ask(ffmpeg, "-decoders", confinement),
			ask(ffmpeg, "-encoders", confinement),
		]);
		// Without its encoder every conversion would fail, and look as if the videos were to blame.
		if (!listed(encoders).includes("libmp3lame")) {
			return { ok: false, problem: `${ffmpeg} was built without libmp3lame` };
		}
		const [, , number = "unknown"] = version.split(/\s+/);
		const programs = { ffmpeg, ffprobe, version: number, encoder: encoderOf(version) };
		return { ok: true, toolbox: { ...confinement, ...programs, decoders: listed(decoders) } };
	} catch (error) {
		return { ok: false, problem: errorText(error) };
	}
}

/** Asked under the limits of real work, so that a program they keep from starting is found now. */
async function ask(program: string, question: string, confinement: Confinement): Promise<string> {
	const [file, args] = confined(confinement, program, ["-hide_banner", question]);
	const { stdout } = await promisify(execFile)(file, args, { env: {} });
	return stdout;
}

/** From `libavcodec     61. 19.100 / 61. 19.100`; MP3 headers have nine characters for it. */
function encoderOf(version: string): string {
	const [, major, minor, micro] = /^libavcodec +(\d+)\. *(\d+)\. *(\d+)/m.exec(version) ?? [];
	return major ? `Lavc${major}.${minor}.${micro}`.slice(0, 9) : "Lavc";
}

/** The names of a `-decoders` or `-encoders` list: six columns of flags, then the name. */
function listed(list: string): string[] {
	return [...list.matchAll(/^ [VAS][F.][S.][X.][B.][D.] ([^\s=]+)/gm)].map(
		([, name]) => name ?? "",
	);
}
