import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { encodeMime } from "../../workers/notify/mail/encode-mime.ts";
import { generateSecrets } from "../secrets.ts";
import { samples } from "./samples.ts";
import { findChromium, screenshot, type View } from "./screenshot.ts";

/*
 * `npm run mail:preview`: every mail as HTML, as text, as it leaves (.eml), and as pictures.
 */

const ROOT = resolve(import.meta.dirname, "../..");
const OUT = join(ROOT, ".earshot/mail-preview");

const VIEWS: View[] = [
	{ name: "phone", width: 390, height: 844, isDark: false },
	{ name: "phone-dark", width: 390, height: 844, isDark: true },
	{ name: "desk", width: 800, height: 640, isDark: false },
];

/** What of `workers/notify/mail` writes a mail. */
async function templates(): Promise<string[]> {
	const files = await readdir(join(ROOT, "workers/notify/mail"));
	const others = ["account-mail", "link-mail", "send-mail"];
	return files
		.map((file) => file.replace(/\.ts$/, ""))
		.filter((name) => /^(?!compose-).*-mail$/.test(name) && !others.includes(name));
}

const forgotten = (await templates()).filter(
	(name) => !Object.keys(samples).some((sample) => sample.split(",")[0] === name),
);
if (forgotten.length > 0) {
	throw new Error(`There is no sample (local/mail-preview/samples.ts) of: ${forgotten.join(", ")}`);
}

await rm(OUT, { recursive: true, force: true });
await mkdir(OUT, { recursive: true });
const chromium = await findChromium();
const env = { MAIL_FROM: "earshot@example.com", NOTIFY_KEY: generateSecrets().NOTIFY_KEY };
const rows: string[] = [];
for (const [name, compose] of Object.entries(samples)) {
	const mail = await compose();
	const file = (ending: string) => join(OUT, `${fileName(name)}.${ending}`);
	await writeFile(file("html"), mail.html);
	await writeFile(file("txt"), mail.text);
	await writeFile(file("eml"), await encodeMime(env, "ada@example.org", mail));
	for (const view of chromium === null ? [] : VIEWS) {
		await screenshot(String(chromium), file("html"), view, file(`${view.name}.png`));
	}
	rows.push(rowOf(name));
}
await writeFile(
	join(OUT, "index.html"),
	`<!doctype html><meta charset="utf-8"><title>Mail</title><table>${rows.join("\n")}</table>\n`,
);
console.log(`Open ${join(OUT, "index.html")}`);
if (chromium === null) {
	console.log("There are no pictures, as there is no Chromium. Install it, or set CHROMIUM_PATH.");
}

function fileName(name: string): string {
	return name.replace(/\W+/g, "-");
}

function rowOf(name: string): string {
	const base = fileName(name);
	const links = ["html", "txt", "eml"].map((ending) => `<a href="${base}.${ending}">${ending}</a>`);
	const pictures = VIEWS.map(
		({ name: view }) => `<td><img src="${base}.${view}.png" height="500">`,
	);
	return `<tr><th>${name}<br>${links.join(" ")}</th>${chromium === null ? "" : pictures.join("")}`;
}
