import { createTestHarness } from "wrangler";
import { login, register } from "../../local/client.ts";
import { generateSecrets } from "../../local/secrets.ts";
import { writeWorkerConfigs } from "../../local/worker-configs.ts";

/** The parts of the gateway's bindings that the benches fill. */
export interface GatewayBindings {
	DB: {
		prepare(sql: string): {
			bind(...values: unknown[]): { run(): Promise<unknown>; first(): Promise<unknown> };
		};
	};
	MP3S: { put(key: string, body: Uint8Array): Promise<unknown> };
	VIDEOS: { get(key: string): Promise<{ body: AsyncIterable<Uint8Array> } | null> };
}

export const EMAIL = "bench@example.com";
export const PASSWORD = "a password for the bench";

/**
 * The gateway with auth and notify behind it and nothing before it, as the bare Worker has nothing
 * before it; with somebody who is signed in. Nobody converts what is uploaded.
 */
export async function startGateway(dir: string) {
	const secrets = generateSecrets();
	const options = (publicUrl: string) => ({
		// All of it comes from one address.
		workers: writeWorkerConfigs(dir, { publicUrl, secrets, maxUploadBytes: 5e9, rateLimit: 1e6 })
			// The first one is the emulator of the Queues API, through which all would go.
			.slice(1)
			.map((configPath) => ({ configPath })),
	});
	const server = createTestHarness(options("http://localhost"));
	const url = (await server.listen()).url.origin;
	await server.update(options(url));
	const gateway = server.getWorker("earshot-gateway");
	await gateway.applyD1Migrations("DB");
	const bindings = (await gateway.getEnv()) as GatewayBindings;
	await register(url, { name: "Bench", username: EMAIL, password: PASSWORD });
	// As if the mailed link had been opened: what is before the gateway usually has the mailbox.
	await bindings.DB.prepare("update users set email_verified_at_ms = created_at_ms").bind().run();
	return {
		url,
		secrets,
		authorization: `Bearer ${await login(url, EMAIL, PASSWORD)}`,
		bindings,
		stop: () => server.close(),
	};
}
