import {
	type ClaimAnswer,
	claimRequest,
	type ProgressAnswer,
	type ProgressRequest,
	progressRequest,
	type ReleaseAnswer,
	releaseRequest,
	type SettleAnswer,
	type SettleRequest,
	settleRequest,
} from "#contracts/control.ts";
import type { Exchange, Fault } from "./exchange.ts";

/** The gateway's control URL: one claim a conversion, and its token alone opens it. */

export type ControlAction = "claim" | "progress" | "settle" | "release";

export type Attempt = {
	readonly token: string;
	/** What the next claim, progress report and settlement are answered. */
	verdicts: {
		claim: ClaimAnswer["verdict"];
		progress: ProgressAnswer["verdict"];
		settle: SettleAnswer["verdict"];
	};
	/** The claim that holds. */
	claimId?: string;
	/** All that was accepted, in order. */
	calls: ControlAction[];
	progress: ProgressRequest[];
	outcomes: SettleRequest["outcome"][];
};

export function createControlUrl() {
	const attempts = new Map<string, Attempt>();
	const faults: { action: ControlAction; fault: Fault }[] = [];
	const claims = { now: 0, most: 0 };

	const hold = (attempt: Attempt, claimId: string) => {
		attempt.claimId = claimId;
		claims.now++;
		claims.most = Math.max(claims.most, claims.now);
	};
	const letGo = (attempt: Attempt) => {
		delete attempt.claimId;
		claims.now--;
	};

	const act = (attempt: Attempt, action: ControlAction, body: unknown) => {
		switch (action) {
			case "claim": {
				const { claimId } = claimRequest.parse(body);
				const { claim: verdict } = attempt.verdicts;
				if (verdict === "go") hold(attempt, claimId);
				return { v: 1, verdict } satisfies ClaimAnswer;
			}
			case "progress": {
				const report = progressRequest.parse(body);
				attempt.progress.push(report);
				const verdict =
					report.claimId === attempt.claimId ? attempt.verdicts.progress : ("stop" as const);
				return { v: 1, verdict } satisfies ProgressAnswer;
			}
			case "settle": {
				const { claimId, outcome } = settleRequest.parse(body);
				if (claimId !== attempt.claimId) return { v: 1, verdict: "drop" } satisfies SettleAnswer;
				attempt.outcomes.push(outcome);
				letGo(attempt);
				return { v: 1, verdict: attempt.verdicts.settle } satisfies SettleAnswer;
			}
			case "release": {
				const { claimId } = releaseRequest.parse(body);
				if (claimId === attempt.claimId) letGo(attempt);
				return { v: 1 } satisfies ReleaseAnswer;
			}
		}
	};

	return {
		/** Claims that hold, now and at most. */
		claims,
		open: (conversionId: string): Attempt => {
			const attempt: Attempt = {
				token: `token-of-${conversionId}`,
				verdicts: { claim: "go", progress: "continue", settle: "publish" },
				calls: [],
				progress: [],
				outcomes: [],
			};
			attempts.set(conversionId, attempt);
			return attempt;
		},
		failNext: (action: ControlAction, ...next: Fault[]) => {
			faults.push(...next.map((fault) => ({ action, fault })));
		},

		handle: (exchange: Exchange) => {
			const [, conversionId = "", name = ""] =
				/^\/control\/([^/]+)\/(claim|progress|settle|release)$/.exec(exchange.path) ?? [];
			const attempt = attempts.get(conversionId);
			const action = name as ControlAction;
			const planned = faults.findIndex((entry) => entry.action === action);
			const [fault] = planned < 0 ? [] : faults.splice(planned, 1);
			if (fault) return fault.fault(exchange);
			if (!attempt) return exchange.reply(404);
			if (exchange.headers.authorization !== `Bearer ${attempt.token}`) return exchange.reply(401);
			try {
				const answer = act(attempt, action, exchange.json());
				attempt.calls.push(action);
				return exchange.reply(200, answer);
			} catch (error) {
				return exchange.reply(400, { error: String(error) });
			}
		},
	};
}
