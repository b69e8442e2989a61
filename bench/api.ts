import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { inTurn } from "./in-turn.ts";
import { median } from "./median.ts";
import { type Load, load } from "./workers/load.ts";
import { startBare } from "./workers/start-bare.ts";
import { EMAIL, type GatewayBindings, startGateway } from "./workers/start-gateway.ts";

/*
 * `npm run bench:api`: how many requests a second the gateway answers, beside a Worker with the same
 * framework that checks nothing, and for the list beside the bare query of D1.
 */

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
const RUNS = Number(values.runs);
const AT_ONCE = 8;
const CONVERSIONS = 1000;
const MP3_BYTES = 5_000_000;
/** Of the bare Worker's requests a second. */
const AIM = 0.6;

const dir = await mkdtemp(join(tmpdir(), "earshot-bench-"));
const bare = await startBare();
const gateway = await startGateway(dir);
try {
	const { url: publicUrl, authorization, bindings } = gateway;
	const { DB, MP3S } = bindings;
	const headers = { authorization };

	const user = (await DB.prepare("select id from users where email = ?").bind(EMAIL).first()) as {
		id: string;
	};
	const ids = Array.from({ length: CONVERSIONS }, (_, index) => conversionId(index));
	for (const id of ids) await insertDone(DB, user.id, id);
	const [id = ""] = ids;
	const mp3 = new Uint8Array(MP3_BYTES);
	await MP3S.put(`${id}/1.mp3`, mp3);

	const page = await fetch(`${publicUrl}/conversions?limit=100`, { headers });
	const { conversions } = (await page.json()) as { conversions: { id: string }[] };
	await fetch(`${bare.url}/items`, {
		method: "POST",
		body: JSON.stringify(
			ids.map((id) => ({ id, body: JSON.stringify({ ...conversions[0], id }) })),
		),
	});
	await fetch(`${bare.url}/put`, { method: "PUT", body: mp3 });

	const many = { requests: 2000, atOnce: AT_ONCE };
	const some = { requests: 400, atOnce: AT_ONCE };
	const few = { requests: 100, atOnce: AT_ONCE };
	const pairs = {
		validate: [
			() => load(`${publicUrl}/validate`, { headers, method: "POST", ...many }),
			() => load(`${bare.url}/document`, many),
		],
		"get one": [
			() => load(`${publicUrl}/conversions/${id}`, { headers, ...many }),
			() => load(`${bare.url}/row`, many),
		],
		"list, 100 of 1000": [
			() => load(`${publicUrl}/conversions?limit=100`, { headers, ...some }),
			() => load(`${bare.url}/rows`, some),
		],
		"download of 5 MB": [
			() => load(`${publicUrl}/download?fid=${id}`, { headers, ...few }),
			() => load(`${bare.url}/file`, few),
		],
	} as const;

	console.log(`
${RUNS} rounds in turn, ${AT_ONCE} requests at once

| | requests/s | bare | ÷ bare | aim | p99 ms | bare |
|---|--:|--:|--:|--:|--:|--:|`);
	for (const [name, [ours, theirs]] of Object.entries(pairs)) {
		const rounds = await inTurn(RUNS, { ours, theirs });
		const typical = (who: "ours" | "theirs", what: keyof Load) =>
			median(rounds.map((round) => round[who][what]));
		const ratio = median(
			rounds.map(({ ours, theirs }) => ours.requestsPerSecond / theirs.requestsPerSecond),
		);
		const figures = [
			typical("ours", "requestsPerSecond").toFixed(0),
			typical("theirs", "requestsPerSecond").toFixed(0),
			ratio.toFixed(2),
			`≥ ${AIM}`,
			typical("ours", "p99Ms").toFixed(1),
			typical("theirs", "p99Ms").toFixed(1),
		];
		console.log(`| ${[name, ...figures].join(" | ")} |`);
	}
} finally {
	await gateway.stop();
	await bare.stop();
	await rm(dir, { recursive: true, force: true });
}

/** Ids that sort, as ULIDs do. */
function conversionId(index: number): string {
	return `cnv_01KAG4Z6V1Q8N4T0X9D3R${String(index).padStart(5, "0")}`;
}

/** A conversion that has been done, as notify leaves it. */
async function insertDone(DB: GatewayBindings["DB"], userId: string, id: string): Promise<void> {
	const outcome = {
		type: "converted",
		source: { container: "mov,mp4,m4a,3gp,3g2,mj2", audioCodec: "aac", durationSeconds: 187 },
		output: {
			codec: "mp3",
			encoding: "vbr",
			cappedToSource: false,
			sizeBytes: MP3_BYTES,
			sha256: "ab".repeat(32),
			durationSeconds: 187,
			bitrateKbps: 189.6,
			sampleRateHz: 44_100,
			channels: 2,
		},
	};
	await DB.prepare(
		`insert into conversions (id, user_id, status, filename, options, source_size_bytes, outcome,
			progress, settled_at_ms, created_at_ms, started_at_ms, finished_at_ms, expires_at_ms)
		values (?, ?, 'done', 'holiday.mp4', '{"quality":"high"}', 10000000, ?, 1, 3, 1, 2, 3, ?)`,
	)
		.bind(id, userId, JSON.stringify(outcome), Date.now() + 1e9)
		.run();
}
