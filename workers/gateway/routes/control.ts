import { Hono } from "hono";
import {
	type ClaimAnswer,
	claimRequest,
	type ProgressAnswer,
	progressRequest,
	type ReleaseAnswer,
	releaseRequest,
	type SettleAnswer,
	settleRequest,
} from "#contracts/control.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import { beat, claimAttempt, releaseAttempt } from "#db/queries/conversion-attempt.ts";
import { type ControlContext, requireAttempt } from "../control/require-attempt.ts";
import { settleAttempt } from "../control/settle-attempt.ts";
import { fail } from "../http/context.ts";
import { readJson } from "../http/json-body.ts";
import { RESEND_SENT_AFTER_MS } from "../limits.ts";

const v = CURRENT_VERSION;

/** The control URL (contracts/control.ts): transcoders claim, report, settle and release here. */
export const control = new Hono<ControlContext>()
	.use("/:id/*", requireAttempt)
	.post("/:id/claim", async (c) => {
		const body = await readJson(c.req.raw, claimRequest);
		if (!body.ok) return fail(c, "invalid_body", body.detail);
		const claim = { ...c.get("attempt"), claimId: body.value.claimId };
		const isClaimed = await claimAttempt(c.get("db"), claim, Date.now());
		return c.json<ClaimAnswer>({ v, verdict: isClaimed ? "go" : "drop" });
	})
	.post("/:id/progress", async (c) => {
		const body = await readJson(c.req.raw, progressRequest);
		if (!body.ok) return fail(c, "invalid_body", body.detail);
		const { claimId, phase, fraction, speed = null } = body.value;
		const claim = { ...c.get("attempt"), claimId };
		const progress = { phase, fraction, speed, nowMs: Date.now() };
		const isWanted = await beat(c.get("db"), claim, progress);
		return c.json<ProgressAnswer>({ v, verdict: isWanted ? "continue" : "stop" });
	})
	.post("/:id/settle", async (c) => {
		const body = await readJson(c.req.raw, settleRequest);
		if (!body.ok) return fail(c, "invalid_body", body.detail);
		const claim = { ...c.get("attempt"), claimId: body.value.claimId };
		const verdict = await settleAttempt(c.env, c.get("db"), claim, body.value.outcome);
		return c.json<SettleAnswer>({ v, verdict });
	})
	.post("/:id/release", async (c) => {
		const body = await readJson(c.req.raw, releaseRequest);
		if (!body.ok) return fail(c, "invalid_body", body.detail);
		const claim = { ...c.get("attempt"), claimId: body.value.claimId };
		await releaseAttempt(c.get("db"), claim, Date.now() + RESEND_SENT_AFTER_MS);
		return c.json<ReleaseAnswer>({ v });
	});
