import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import PostalMime from "postal-mime";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const OUT = join(ROOT, ".earshot/mail-preview");

test("every mail that is written can be looked at, without a browser too, and fetches nothing", async () => {
	// A template without a sample is an error. No PATH: no Chromium, and so no pictures.
	const preview = join(ROOT, "local/mail-preview/preview.ts");
	await promisify(execFile)(process.execPath, [preview], { env: { PATH: "" } });
	const mails = (await readdir(OUT)).filter((name) => name.endsWith(".eml"));
	expect(mails.length).toBeGreaterThanOrEqual(12);
	for (const name of mails) {
		const {
			html = "",
			text = "",
			headers,
		} = await PostalMime.parse(await readFile(join(OUT, name)));
		expect(html).toContain('<html lang="en">');
		expect(html).not.toMatch(/<(img|link|script|iframe)|url\(|@import/i);
		expect(text.trim()).not.toBe("");
		const isAboutVideo = /^(done|failed|expiry)-mail/.test(name);
		expect(headers.some(({ key }) => key === "list-unsubscribe")).toBe(isAboutVideo);
		expect(text.includes("/unsubscribe#")).toBe(isAboutVideo);
		expect(html.includes("/unsubscribe#")).toBe(isAboutVideo);
	}
});
