import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/** Where macOS has it. */
const APPLICATION = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** The path of a Chromium. Null: there is none. */
export async function findChromium(): Promise<string | null> {
	const folders = process.env["PATH"]?.split(delimiter) ?? [];
	const places = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
	const { CHROMIUM_PATH } = process.env;
	for (const path of [...(CHROMIUM_PATH ? [CHROMIUM_PATH] : []), ...places, APPLICATION]) {
		if (await isExecutable(path)) return path;
	}
	return null;
}

const isExecutable = (path: string): Promise<boolean> =>
	access(path, constants.X_OK).then(
		() => true,
		() => false,
	);

export interface View {
	name: string;
	/** Of the window, in CSS pixels. */
	width: number;
	height: number;
	isDark: boolean;
}

/** Takes a picture of a page, as a mail program of that width would show it. */
export async function screenshot(
	chromium: string,
	page: string,
	{ width, height, isDark }: View,
	png: string,
): Promise<void> {
	await run(chromium, [
		"--headless",
		"--hide-scrollbars",
		"--disable-gpu",
		// As root there is no sandbox, and the page is ours.
		...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
		// Nothing is fetched.
		"--host-resolver-rules=MAP * ~NOTFOUND",
		`--blink-settings=preferredColorScheme=${isDark ? 0 : 1}`,
		`--window-size=${width},${height}`,
		`--screenshot=${png}`,
		`file://${page}`,
	]);
}
