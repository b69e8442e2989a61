import { createTestHarness } from "wrangler";

/** The bare Worker on a port of its own, with fresh storage. */
export async function startBare(): Promise<{ url: string; stop(): Promise<void> }> {
	const harness = createTestHarness({
		root: import.meta.dirname,
		workers: [
			{
				config: {
					name: "bare",
					main: "bare.ts",
					compatibility_date: "2026-09-01",
					r2_buckets: [{ binding: "FILES", bucket_name: "files" }],
					d1_databases: [{ binding: "DB", database_name: "bare", database_id: "bare" }],
				},
			},
		],
	});
	const { url } = await harness.listen();
	return { url: url.origin, stop: () => harness.close() };
}
