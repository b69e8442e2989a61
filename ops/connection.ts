import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import * as z from "zod";
import { keptSecrets } from "../local/secrets.ts";
import { readSettings } from "../local/settings.ts";

const ROOT = resolve(import.meta.dirname, "..");
const LOCAL_SECRETS = ".earshot/secrets.json";
const API = "https://api.cloudflare.com/client/v4";

/** Where one Earshot can be reached by its operator: Cloudflare's REST API, or what stands in for it. */
export interface Connection {
	/** Runs SQL. https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/raw/ */
	d1Url: string;
	/** Publishes to `mp3`. https://developers.cloudflare.com/api/resources/queues/subresources/messages/methods/push/ */
	mp3Url: string;
	token: string;
}

const credentials = z.object({
	CLOUDFLARE_ACCOUNT_ID: z.string().regex(/^[\da-f]{32}$/, "not an account's id"),
	/** May read and write D1 and Queues. */
	CLOUDFLARE_API_TOKEN: z.string().min(1),
	/** As `wrangler queues list` shows it. */
	MP3_QUEUE_ID: z.string().regex(/^[\da-f]{32}$/, "not a queue's id"),
});

/** The deployed Earshot, as the environment names it. Throws one line about what is missing. */
export function remoteConnection(environment: NodeJS.ProcessEnv): Connection {
	const parsed = credentials.safeParse(environment);
	if (!parsed.success) {
		const [issue] = parsed.error.issues;
		const name = String(issue?.path[0]);
		throw new Error(environment[name] ? `${name} is ${issue?.message}` : `${name} is not set`);
	}
	const account = `${API}/accounts/${parsed.data.CLOUDFLARE_ACCOUNT_ID}`;
	return {
		d1Url: `${account}/d1/database/${databaseId()}/raw`,
		mp3Url: `${account}/queues/${parsed.data.MP3_QUEUE_ID}/messages`,
		token: parsed.data.CLOUDFLARE_API_TOKEN,
	};
}

/** What `npm start` runs. The emulator has the queues, and Miniflare's explorer the database. */
export function localConnection(environment: NodeJS.ProcessEnv): Connection {
	if (!existsSync(LOCAL_SECRETS)) throw new Error("Nothing has run here. Start it: npm start");
	const url = `http://localhost:${readSettings(environment).PORT}`;
	return {
		d1Url: `${url}/cdn-cgi/local/explorer/api/d1/database/${databaseId()}/raw`,
		mp3Url: `${url}/client/v4/accounts/local/queues/mp3/messages`,
		token: keptSecrets(LOCAL_SECRETS).QUEUES_API_TOKEN,
	};
}

function databaseId(): string {
	const { rawConfig } = readRawConfig({ config: join(ROOT, "wrangler.toml") });
	return z.uuid().parse(rawConfig.d1_databases?.[0]?.database_id);
}
