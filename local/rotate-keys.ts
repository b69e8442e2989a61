import * as z from "zod";
import { keepSecrets, keptSecrets } from "./secrets.ts";
import { rotatedSigningKeys } from "./signing-keys.ts";

/*
 * `npm run -s keys:rotate -- https://earshot.example.com`: prints a new value for the secret
 * SIGNING_KEYS and nothing else, so that it can go straight to where secrets are kept. The old value,
 * which nobody can read back, is not needed: what must go on verifying is published.
 *
 * `npm run keys:rotate -- --local`: rotates those of `npm start`.
 */

const LOCAL = ".earshot/secrets.json";
const LOOPBACK = ["localhost", "127.0.0.1"];

async function rotate(where: string | undefined): Promise<void> {
	if (where === "--local") {
		const secrets = keptSecrets(LOCAL);
		const SIGNING_KEYS = rotatedSigningKeys(JSON.parse(secrets.SIGNING_KEYS));
		keepSecrets(LOCAL, { ...secrets, SIGNING_KEYS });
		console.error(`${LOCAL} has a new key. Start the system again to use it.`);
		return;
	}
	const url = URL.parse("/.well-known/jwks.json", where);
	if (url === null) throw new Error("Say where Earshot is, such as https://earshot.example.com");
	if (url.protocol !== "https:" && !LOOPBACK.includes(url.hostname)) {
		throw new Error("Keys that somebody may have changed on their way are not to be trusted.");
	}
	const response = await fetch(url, {
		redirect: "error",
		headers: { "cache-control": "no-cache" },
	});
	if (!response.ok) throw new Error(`${url} answered ${response.status}.`);
	const { keys } = z.object({ keys: z.unknown() }).parse(await response.json());
	console.log(rotatedSigningKeys(keys));
}

try {
	await rotate(process.argv[2]);
} catch (error) {
	console.error(`earshot: ${error instanceof Error ? error.message : error}`);
	process.exitCode = 1;
}
