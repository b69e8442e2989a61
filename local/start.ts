import { once } from "node:events";
import { isConfirmed, login, type NewAccount } from "./client.ts";
import { isPortFree } from "./port.ts";
import { keptSecrets } from "./secrets.ts";
import { readSettings } from "./settings.ts";
import { signUp } from "./sign-up.ts";
import { startStack } from "./stack.ts";
import { tailOf } from "./tail.ts";

/*
 * `npm start`: the whole system, left running until Ctrl-C.
 */

const DIR = ".earshot";

const stopRequested = new AbortController();
const stopped = once(stopRequested.signal, "abort").then(() => null);
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
	process.on(name, () => stopRequested.abort(name));
}

/** The Workers' own log lines; the transcoder's polling and wrangler's chatter would drown them. */
const isWorkerLog = (line: string) => /^\[earshot-[a-z-]+\] /.test(line);

async function start(): Promise<void> {
	const settings = readSettings(process.env);
	if (!(await isPortFree(settings.PORT))) {
		throw new Error(`Port ${settings.PORT} is taken. Choose another: PORT=8788 npm start`);
	}
	console.log("Starting Earshot …");
	const recent = tailOf(30);
	let isReady = false;
	const stack = await startStack({
		port: settings.PORT,
		dir: DIR,
		secrets: keptSecrets(`${DIR}/secrets.json`),
		maxUploadBytes: settings.MAX_UPLOAD_BYTES,
		onLine(part, line) {
			recent.add(line);
			if (isReady && (part === "transcoder" || isWorkerLog(line))) console.log(line);
		},
		signal: stopRequested.signal,
	}).catch((error: unknown) => {
		if (stopRequested.signal.aborted) return null;
		throw new Error(`${recent.text()}\n${error instanceof Error ? error.message : error}`);
	});
	if (stack === null) return;
	try {
		const { DEMO_EMAIL: username, DEMO_PASSWORD: password } = settings;
		await openAccount(stack.publicUrl, { name: "Demo", username, password });
		console.log(welcome(stack.publicUrl, username, password));
		isReady = true;
		const broken = await Promise.race([stack.broken, stopped]);
		if (broken !== null) throw new Error(`${recent.text()}\n${broken}`);
	} finally {
		console.log("Stopping …");
		await stack.stop();
	}
}

/** The account that is printed. It is there already, unless the folder is new. */
async function openAccount(publicUrl: string, account: NewAccount): Promise<void> {
	const { username, password } = account;
	const token = await login(publicUrl, username, password).catch(() => null);
	if (token !== null && (await isConfirmed(publicUrl, token))) return;
	await signUp(publicUrl, account, stopRequested.signal).catch((error: unknown) => {
		throw new Error(
			`There is no logging in as ${username}. If it has another password, set DEMO_PASSWORD to it, or delete ${DIR} to start afresh. (${error instanceof Error ? error.message : error})`,
		);
	});
}

function welcome(url: string, email: string, password: string): string {
	return `
Earshot runs at ${url}   (Ctrl-C stops it)

  account   ${email}
  password  ${password}
  mail      ${url}/cdn-cgi/local/explorer

Try it:

  TOKEN=$(curl -s -X POST -u '${email}:${password}' ${url}/login)
  curl -H "Authorization: Bearer $TOKEN" -F file=@video.mp4 ${url}/upload
  curl -H "Authorization: Bearer $TOKEN" ${url}/conversions
  curl -H "Authorization: Bearer $TOKEN" -OJ '${url}/download?fid=FID'
`;
}

try {
	await start();
} catch (error) {
	console.error(`earshot: ${error instanceof Error ? error.message : error}`);
	process.exitCode = 1;
}
