import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startChild } from "../../../../local/child.ts";
import { findFreePort } from "../../../../local/port.ts";

const ROOT = join(import.meta.dirname, "../../../..");

export interface Probe {
	url: string;
	stop(): Promise<void>;
}

/** Starts the probe in workerd, which trusts the given authorities besides those that it knows. */
export async function startProbe(authorities: readonly string[]): Promise<Probe> {
	const dir = mkdtempSync(join(tmpdir(), "earshot-smtp-"));
	const authoritiesFile = join(dir, "authorities.pem");
	writeFileSync(authoritiesFile, authorities.join("\n"));
	const port = await findFreePort();
	const lines: string[] = [];
	const child = startChild(
		join(ROOT, "node_modules/.bin/wrangler"),
		[
			...["dev", join(import.meta.dirname, "probe.ts"), "--name", "probe"],
			...["--compatibility-date", "2026-09-01", "--compatibility-flags", "nodejs_compat"],
			...["--port", String(port), "--inspector-port", "0", "--persist-to", dir],
			"--show-interactive-dev-session=false",
		],
		{
			cwd: dir,
			env: {
				...process.env,
				NODE_EXTRA_CA_CERTS: authoritiesFile,
				CI: "1",
				WRANGLER_SEND_METRICS: "false",
				WRANGLER_REGISTRY_PATH: join(dir, "registry"),
				CLOUDFLARE_CF_FETCH_ENABLED: "false",
			},
			onLine: (line) => lines.push(line),
		},
	);
	const url = `http://localhost:${port}`;
	const ended = child.ended.then((reason) => {
		throw new Error(`The probe has ended (${reason}):\n${lines.join("\n")}`);
	});
	const stop = async () => {
		ended.catch(() => {});
		await child.stop();
		rmSync(dir, { recursive: true, force: true });
	};
	const isUp = async () => {
		while (
			await fetch(url).then(
				() => false,
				() => true,
			)
		)
			await delay(100);
	};
	await Promise.race([isUp(), ended]);
	return { url, stop };
}
