import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { login, register } from "../local/client.ts";
import { type Earshot, startEarshot } from "./earshot.ts";

/*
 * `npm run keys:rotate` as an operator runs it, and what it prints put in place.
 */

const account = { name: "Ada", username: "ada@example.com", password: "correct horse battery" };
const SCRIPT = join(import.meta.dirname, "../local/rotate-keys.ts");

let earshot: Earshot;

beforeAll(async () => {
	earshot = await startEarshot();
	await register(earshot.url, account);
});
afterAll(() => earshot?.close());

const newToken = () => login(earshot.url, account.username, account.password);

async function rotate(): Promise<void> {
	const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, earshot.url]);
	await earshot.changeSecrets({ SIGNING_KEYS: stdout.trim() });
}

async function validate(token: string): Promise<number> {
	const headers = { authorization: `Bearer ${token}` };
	const response = await fetch(`${earshot.url}/validate`, { method: "POST", headers });
	await response.arrayBuffer();
	return response.status;
}

test("tokens outlive the rotation of the key that signed them, and not the next one", async () => {
	const first = await newToken();
	await rotate();
	const second = await newToken();
	expect(decodeProtectedHeader(second).kid).not.toBe(decodeProtectedHeader(first).kid);
	expect([await validate(first), await validate(second)]).toEqual([200, 200]);

	await rotate();
	const third = await newToken();
	expect(await Promise.all([first, second, third].map(validate))).toEqual([401, 200, 200]);
});

test("keys are not fetched where anybody could change them on their way", async () => {
	const running = promisify(execFile)(process.execPath, [SCRIPT, "http://earshot.example.com"]);
	await expect(running).rejects.toMatchObject({
		code: 1,
		stdout: "",
		stderr: expect.stringContaining("not to be trusted"),
	});
});
