import { parseArgs } from "node:util";
import { DrizzleQueryError } from "drizzle-orm";
import type { Db } from "#db/connect.ts";
import { findDeadLetter, listDeadLetters } from "#db/queries/dead-letters.ts";
import type { DeadLetter } from "#db/schema/dead-letters.ts";
import { callApi } from "./call-api.ts";
import { localConnection, remoteConnection } from "./connection.ts";
import { d1OverHttp } from "./d1-over-http.ts";
import { letterTable } from "./letter-table.ts";
import { type Publish, requeueLetter } from "./requeue-letter.ts";

/*
 * `npm run dlq -- list`, `npm run dlq -- requeue ID`: the dead letters of what `npm start` runs here,
 * or, with --remote, of the deployed Earshot (docs/dead-letters.md).
 */

const USAGE = `npm run dlq -- list [--json] [--remote]
npm run dlq -- requeue ID | --all [--json] [--remote]`;

async function main(): Promise<void> {
	const { values: options, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			all: { type: "boolean", default: false },
			json: { type: "boolean", default: false },
			remote: { type: "boolean", default: false },
		},
	});
	const [command, id, ...more] = positionals;
	const isList = command === "list" && id === undefined && !options.all;
	const isRequeue = command === "requeue" && options.all === (id === undefined);
	if (more.length > 0 || !(isList || isRequeue)) throw new Error(USAGE);

	const connection = (options.remote ? remoteConnection : localConnection)(process.env);
	const db = d1OverHttp(connection);
	if (isList) {
		const letters = await listDeadLetters(db);
		console.log(options.json ? JSON.stringify(letters, null, "\t") : letterTable(letters));
		return;
	}
	const publish: Publish = async (message) => {
		await callApi(connection.mp3Url, connection.token, { body: message, content_type: "json" });
	};
	for (const letter of id === undefined ? await findWaiting(db) : [await findLetter(db, id)]) {
		const { ok, said } = await requeueLetter(db, publish, letter, Date.now());
		console.log(
			options.json ? JSON.stringify({ id: letter.id, ok, said }) : `${letter.id}: ${said}`,
		);
		if (!ok) process.exitCode = 1;
	}
}

/** All that have not been sent again yet. */
async function findWaiting(db: Db): Promise<DeadLetter[]> {
	const letters = await listDeadLetters(db);
	return letters.filter(({ requeuedAtMs }) => requeuedAtMs === null);
}

async function findLetter(db: Db, id: string): Promise<DeadLetter> {
	const letter = await findDeadLetter(db, id);
	if (letter === null) throw new Error(`There is no dead letter ${id}.`);
	return letter;
}

try {
	await main();
} catch (error) {
	const reason = error instanceof DrizzleQueryError ? error.cause : error;
	console.error(`earshot: ${reason instanceof Error ? reason.message : reason}`);
	process.exitCode = 1;
}
