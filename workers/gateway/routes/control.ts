import { createRoute, OpenAPIHono } from "@hono/zod-openapi";
import * as z from "zod";
import {
	type ClaimAnswer,
	claimAnswer,
	claimRequest,
	type ProgressAnswer,
	progressAnswer,
	progressRequest,
	type ReleaseAnswer,
	releaseAnswer,
	releaseRequest,
	type SettleAnswer,
	settleAnswer,
	settleRequest,
} from "#contracts/control.ts";
import { CURRENT_VERSION } from "#contracts/version.ts";
import { beat, claimAttempt, releaseAttempt } from "#db/queries/conversion-attempt.ts";
import { type ControlContext, requireAttempt } from "../control/require-attempt.ts";
import { settleAttempt } from "../control/settle-attempt.ts";
import { BODY_PROBLEMS, json, jsonBody, problems } from "../http/describe-route.ts";
import { limitJson } from "../http/limit-json.ts";
import { RESEND_SENT_AFTER_MS } from "../limits.ts";

const v = CURRENT_VERSION;

/** One of a transcoder's calls (contracts/control.ts). */
const controlRoute = <Step extends string, Request extends z.ZodType, Answer extends z.ZodType>(
	step: Step,
	summary: string,
	request: Request,
	answer: Answer,
) =>
	createRoute({
		method: "post",
		path: `/{id}/${step}`,
		tags: ["Transcoders"],
		summary,
		security: [{ attempt: [] }],
		middleware: limitJson,
		request: { params: z.object({ id: z.string() }), body: jsonBody(request) },
		responses: {
			200: json(answer, "The verdict."),
			...problems(...BODY_PROBLEMS, "invalid_token", "internal"),
		},
	});

/** The control URL: transcoders claim, report, settle and release here. */
export const control = new OpenAPIHono<ControlContext>();
control.use("/:id/*", requireAttempt);

control.openapi(
	controlRoute("claim", "Take an attempt on", claimRequest, claimAnswer),
	async (c) => {
		const claim = { ...c.get("attempt"), claimId: c.req.valid("json").claimId };
		const isClaimed = await claimAttempt(c.get("db"), claim, Date.now());
		return c.json<ClaimAnswer, 200>({ v, verdict: isClaimed ? "go" : "drop" }, 200);
	},
);

control.openapi(
	controlRoute("progress", "Say how far it is", progressRequest, progressAnswer),
	async (c) => {
		const { claimId, phase, fraction, speed = null } = c.req.valid("json");
		const claim = { ...c.get("attempt"), claimId };
		const progress = { phase, fraction, speed, nowMs: Date.now() };
		const isWanted = await beat(c.get("db"), claim, progress);
		return c.json<ProgressAnswer, 200>({ v, verdict: isWanted ? "continue" : "stop" }, 200);
	},
);

control.openapi(
	controlRoute("settle", "Say how it ended", settleRequest, settleAnswer),
	async (c) => {
		const { claimId, outcome } = c.req.valid("json");
		const claim = { ...c.get("attempt"), claimId };
		const verdict = await settleAttempt(c.env, c.get("db"), claim, outcome);
		return c.json<SettleAnswer, 200>({ v, verdict }, 200);
	},
);

control.openapi(
	controlRoute("release", "Give it back unfinished", releaseRequest, releaseAnswer),
	async (c) => {
		const claim = { ...c.get("attempt"), claimId: c.req.valid("json").claimId };
		await releaseAttempt(c.get("db"), claim, Date.now() + RESEND_SENT_AFTER_MS);
		return c.json<ReleaseAnswer, 200>({ v }, 200);
	},
);
