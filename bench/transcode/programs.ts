import { access, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";

/** Which media programs Earshot takes, as its environment says it. */
export type Programs = { FFMPEG_PATH?: string; FFPROBE_PATH?: string };

/** Where transcoder/image/build-lame.sh puts it. */
const LIBRARY = "usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3";

/** Media programs are started without an environment, so this is the place to give them one. */
const WITH_LAME = `#!/bin/sh
export LD_LIBRARY_PATH="\${0%/*}/lame"
exec "$0-itself" "$@"
`;

/**
 * @param built what the scripts of transcoder/image have made, whose LAME the loader finds by itself
 * in the image; `undefined`: Earshot takes what everybody takes.
 */
export async function findPrograms(built: string | undefined, parent: string): Promise<Programs> {
	if (built === undefined) {
		const { FFMPEG_PATH, FFPROBE_PATH } = process.env;
		return { ...(FFMPEG_PATH && { FFMPEG_PATH }), ...(FFPROBE_PATH && { FFPROBE_PATH }) };
	}
	const library = resolve(built, LIBRARY);
	await access(join(library, "libmp3lame.so.0"));
	const directory = join(parent, "programs");
	await mkdir(directory);
	await symlink(library, join(directory, "lame"));
	const path = (name: string) => join(directory, name);
	for (const name of ["ffmpeg", "ffprobe"] as const) {
		await symlink(resolve(built, "usr/local/bin", name), path(`${name}-itself`));
		await writeFile(path(name), WITH_LAME, { mode: 0o755 });
	}
	return { FFMPEG_PATH: path("ffmpeg"), FFPROBE_PATH: path("ffprobe") };
}
