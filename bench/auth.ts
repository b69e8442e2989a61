import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { newUserId } from "../db/new-id.ts";
import { login, register } from "../local/client.ts";
import { issueAccessToken } from "../workers/auth/access-token.ts";
import { signingKeys } from "../workers/auth/signing-keys.ts";
import { inTurn, type Round, seconds } from "./in-turn.ts";
import { median } from "./median.ts";
import { load } from "./workers/load.ts";
import { EMAIL, PASSWORD, startGateway } from "./workers/start-gateway.ts";
import { cpuSecondsOf } from "./workers/workerd-cpu.ts";

/*
 * `npm run bench:auth`: whether login or registration tells by its time which addresses have an
 * account, and what CPU time the check of an access token costs. Linux only: CPU time is read from
 * /proc.
 */

const { values } = parseArgs({
	options: {
		tries: { type: "string", default: "200" },
		requests: { type: "string", default: "4000" },
	},
});
const TRIES = Number(values.tries);
const REQUESTS = Number(values.requests);
const ROUNDS = 5;

/** How far the times of a known and an unknown address may be apart. */
const MAX_DIFFERENCE = 0.1;
const MAX_CPU_MS = 1;

const dir = await mkdtemp(join(tmpdir(), "earshot-bench-"));
const gateway = await startGateway(dir);
try {
	const { url, authorization, bindings } = gateway;
	// As if the mailed link had been opened: now registering it again changes nothing.
	await bindings.DB.prepare("update users set email_verified_at_ms = 1 where email = ?")
		.bind(EMAIL)
		.run();

	const newAddress = () => `${randomUUID()}@example.com`;
	const refused = (address: () => string) => () =>
		seconds(() => login(url, address(), "a wrong password").catch(() => {}));
	const registered = (address: () => string) => () =>
		seconds(() => register(url, { name: "Bench", username: address(), password: PASSWORD }));
	const known = () => EMAIL;

	console.log(`
${TRIES} tries of each in turn, medians

| | unknown address, ms | known address, ms | unknown ÷ known | aim |
|---|--:|--:|--:|--:|`);
	const compare = async (name: string, time: (address: () => string) => () => Promise<number>) => {
		const contenders = { unknown: time(newAddress), known: time(known) };
		console.log(row(name, await inTurn(TRIES, contenders)));
	};
	await compare("login, wrong password", refused);
	await compare("registration", registered);

	const cpuMs = (headers: Parameters<typeof load>[1]["headers"], status: number) => async () => {
		const many = { requests: REQUESTS, atOnce: 8, method: "POST", headers: headers ?? {}, status };
		return ((await cpuSecondsOf(() => load(`${url}/validate`, many))) / REQUESTS) * 1000;
	};
	const tokens = await manyTokens(url, gateway.secrets.SIGNING_KEYS, REQUESTS);
	const rounds = await inTurn(ROUNDS, {
		none: cpuMs({}, 401),
		same: cpuMs({ authorization }, 200),
		other: cpuMs((index) => ({ authorization: `Bearer ${tokens[index]}` }), 200),
	});
	const ms = (which: (round: (typeof rounds)[number]) => number) =>
		median(rounds.map(which)).toFixed(3);
	console.log(`
CPU time of the runtime for one \`POST /validate\`, ${ROUNDS} rounds of ${REQUESTS} requests in turn

| | all of it, ms | beyond no token, ms | aim |
|---|--:|--:|--:|
| no token (401) | ${ms(({ none }) => none)} | | |
| one token again and again | ${ms(({ same }) => same)} | ${ms(({ same, none }) => same - none)} | < ${MAX_CPU_MS} |
| ever another token | ${ms(({ other }) => other)} | ${ms(({ other, none }) => other - none)} | < ${MAX_CPU_MS} |`);
} finally {
	await gateway.stop();
	await rm(dir, { recursive: true, force: true });
}

function row(name: string, rounds: Round<"unknown" | "known", number>[]): string {
	const typicalMs = (which: "unknown" | "known") =>
		(median(rounds.map((round) => round[which])) * 1000).toFixed(1);
	const ratio = median(rounds.map(({ unknown, known }) => unknown / known)).toFixed(3);
	const aim = `${1 - MAX_DIFFERENCE} – ${1 + MAX_DIFFERENCE}`;
	return `| ${[name, typicalMs("unknown"), typicalMs("known"), ratio, aim].join(" | ")} |`;
}

/** Access tokens of which no two are alike. */
async function manyTokens(issuer: string, secret: string, count: number): Promise<string[]> {
	const key = (await signingKeys(secret)).current;
	const user = { id: newUserId(Date.now()), email: EMAIL, name: "Bench", emailVerifiedAtMs: 1 };
	const one = () => issueAccessToken({ issuer, key }, user, new Date());
	const issued = await Promise.all(Array.from({ length: count }, one));
	return issued.map(({ token }) => token);
}
