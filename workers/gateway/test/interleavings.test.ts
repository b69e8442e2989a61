import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { jobErrorFor } from "#contracts/job-error.ts";
import { MAX_ATTEMPTS } from "#contracts/limits.ts";
import { mp3Message } from "#contracts/mp3-message.ts";
import { type VideoMessage, videoMessage } from "#contracts/video-message.ts";
import { finishAttempt } from "../../notify/finish-attempt.ts";
import { MAX_RENEWALS, RESEND_SENT_AFTER_MS } from "../limits.ts";
import { runWatchdog } from "../watchdog/run-watchdog.ts";
import { bindings, callControl, send, signUp, type TestUser, videoForm } from "./client.ts";
import { db, newClaim, type Row, row, source, storeMp3 } from "./lifecycle.ts";

/*
 * One conversion, whatever happens in whatever order: messages that come twice, late or forged,
 * transcoders that die between any two steps, answers that get lost, clocks that jump, an owner who
 * cancels and tries again. Never two results, never a row that stays where it is.
 */

/** Change it to look elsewhere; a failure prints the shortest sequence that breaks a promise. */
const SEED = 20_261_120;
const RUNS = 60;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

afterEach(() => {
	vi.useRealTimers();
});

type Ending = "converted" | "broken" | "unlucky" | "expired";

type Step =
	/** Delivers any message of `video` that was ever sent to a transcoder, which claims. */
	| { do: "deliver"; message: number; transcoder: 0 | 1 }
	| { do: "beat"; transcoder: 0 | 1 }
	| { do: "settle"; transcoder: 0 | 1; as: Ending }
	/** The same settlement once more, because its answer got lost. */
	| { do: "settle again"; transcoder: 0 | 1 }
	| { do: "release"; transcoder: 0 | 1 }
	/** The transcoder is gone, and with it what it knew. */
	| { do: "crash"; transcoder: 0 | 1 }
	/** The owner cancels, or tries again. */
	| { do: "cancel" }
	| { do: "retry" }
	/** A message on `mp3`: true, late, twice or forged. */
	| { do: "notify"; attempt: number }
	| { do: "wait"; ms: number }
	| { do: "watch" };

const transcoder = fc.constantFrom<0 | 1>(0, 1);
/** Mostly the newest message, as a queue would have it; sometimes any older one. */
const message = fc.oneof(
	{ weight: 2, arbitrary: fc.constant(-1) },
	{ weight: 1, arbitrary: fc.nat(5) },
);
const as = fc.constantFrom<Ending>("converted", "broken", "unlucky", "expired");
const attempt = fc.integer({ min: 1, max: 2 * MAX_ATTEMPTS });
/** The last one is beyond the life of a message, its URLs and its token. */
const ms = fc.constantFrom(-MINUTE, SECOND, 30 * SECOND, 61 * SECOND, 16 * MINUTE, 5 * DAY);

/** What moves a conversion on comes more often than what holds it up. */
const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ do: fc.constant("deliver" as const), message, transcoder }) },
	{ weight: 4, arbitrary: fc.record({ do: fc.constant("settle" as const), transcoder, as }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("settle again" as const), transcoder }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("beat" as const), transcoder }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("release" as const), transcoder }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), transcoder }) },
	{ weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("retry" as const) }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("notify" as const), attempt }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms }) },
	{ weight: 2, arbitrary: fc.record({ do: fc.constant("watch" as const) }) },
);

const CODES = {
	broken: "corrupt_input",
	unlucky: "storage_unavailable",
	expired: "urls_expired",
} as const;

/** What one transcoder holds in memory. */
interface Held {
	message: VideoMessage;
	claim: { claimId: string };
	settlement?: object;
}

/** A conversion and everybody who has to do with it. */
class World {
	readonly id: string;
	readonly #user: TestUser;
	readonly #messages: VideoMessage[] = [];
	readonly #held: (Held | undefined)[] = [undefined, undefined];
	#mails = 0;
	/** How often it became done or failed: a failed one can be tried again. */
	#endings = 0;
	#last: Row | undefined;

	private constructor(id: string, user: TestUser) {
		this.id = id;
		this.#user = user;
	}

	static async begin(user: TestUser): Promise<World> {
		const messages: unknown[] = [];
		const VIDEO_QUEUE = { send: async (sent: unknown) => void messages.push(sent) };
		const form = { method: "POST", headers: user.auth, body: videoForm() };
		const response = await send("/upload", form, { VIDEO_QUEUE: VIDEO_QUEUE as unknown as Queue });
		const { id } = (await response.json()) as { id: string };
		const world = new World(id, user);
		world.#messages.push(...messages.map((message) => videoMessage.parse(message)));
		return world;
	}

	/** The gateway's queues: what is sent to `video` can be delivered from now on. */
	#bindings(): Pick<GatewayEnv, "VIDEO_QUEUE" | "MP3_QUEUE"> {
		const VIDEO_QUEUE = {
			send: async (sent: unknown) => void this.#messages.push(videoMessage.parse(sent)),
		};
		const MP3_QUEUE = {
			send: async (sent: unknown) => {
				await this.#notify(mp3Message.parse(sent).attempt);
			},
		};
		return { VIDEO_QUEUE, MP3_QUEUE } as unknown as Pick<GatewayEnv, "VIDEO_QUEUE" | "MP3_QUEUE">;
	}

	async #notify(attempt: number): Promise<void> {
		const EMAIL = {
			send: async () => {
				this.#mails += 1;
				return { messageId: "<sent@earshot.test>" };
			},
		};
		const env = { ...bindings, EMAIL, MAIL_FROM: "earshot@example.com" } as unknown as NotifyEnv;
		await finishAttempt(env, db, { id: this.id as VideoMessage["conversionId"], attempt });
	}

	async take(step: Step): Promise<void> {
		switch (step.do) {
			case "deliver": {
				const message = this.#messages.at(step.message % this.#messages.length);
				if (message === undefined) return;
				const claim = newClaim();
				const { verdict } = await callControl(message, "claim", claim);
				if (verdict === "go") this.#held[step.transcoder] = { message, claim };
				return;
			}
			case "beat": {
				const held = this.#held[step.transcoder];
				if (!held) return;
				const progress = { phase: "encoding", fraction: 0.5 };
				const { verdict } = await callControl(held.message, "progress", {
					...held.claim,
					...progress,
				});
				if (verdict === "stop") this.#held[step.transcoder] = undefined;
				return;
			}
			case "settle": {
				const held = this.#held[step.transcoder];
				if (held) await this.#settle(held, step.as);
				return;
			}
			case "settle again": {
				const held = this.#held[step.transcoder];
				if (held?.settlement) await this.#call(held, "settle", held.settlement);
				return;
			}
			case "release": {
				const held = this.#held[step.transcoder];
				if (held) await this.#call(held, "release");
				this.#held[step.transcoder] = undefined;
				return;
			}
			case "crash":
				this.#held[step.transcoder] = undefined;
				return;
			case "cancel":
			case "retry":
				return this.#ask(step.do);
			case "notify":
				return this.#notify(step.attempt);
			case "wait":
				vi.setSystemTime(Date.now() + step.ms);
				return;
			case "watch":
				return runWatchdog({ ...bindings, ...this.#bindings() }, db, Date.now());
		}
	}

	/** What the owner asks for happens, or is refused and nothing happens. */
	async #ask(action: "cancel" | "retry"): Promise<void> {
		const before = await row(this.id);
		const init = { method: "POST", headers: this.#user.auth };
		const response = await send(`/conversions/${this.id}/${action}`, init, this.#bindings());
		const now = await row(this.id);
		const wanted = action === "cancel" ? "cancelled" : "queued";
		if (response.ok) expect(now.status).toBe(wanted);
		else expect(now).toEqual(before);
		// What was settled is void, and what was final is not.
		if (response.ok) this.#last = undefined;
	}

	async #settle(held: Held, as: Ending): Promise<void> {
		const outcome =
			as === "converted"
				? { type: "converted", source, output: await storeMp3(held.message, "mp3") }
				: { type: "failed", error: jobErrorFor(CODES[as]) };
		held.settlement = { outcome };
		const before = await row(this.id);
		await this.#call(held, "settle", held.settlement);
		// What had expired does not count, until it has been so too often.
		const counts = as !== "expired" || before.renewals >= MAX_RENEWALS;
		if (!counts) expect((await row(this.id)).attempt).toBe(before.attempt);
	}

	/** Calls the control URL. Whoever has been superseded changes nothing. */
	async #call(held: Held, action: "progress" | "settle" | "release", fields: object = {}) {
		const before = await row(this.id);
		const body = { ...held.claim, ...fields };
		const answer = await callControl(held.message, action, body, this.#bindings());
		const isHolder =
			before.claim_id === held.claim.claimId && before.attempt === held.message.attempt;
		if (!isHolder) expect(await row(this.id)).toEqual(before);
		return answer;
	}

	/** What must hold at every moment. */
	async check(): Promise<void> {
		const [last, now] = [this.#last, await row(this.id)];
		this.#last = now;
		const isFinal = now.status === "done" || now.status === "failed";
		if (isFinal && last?.finished_at_ms !== now.finished_at_ms) this.#endings += 1;
		expect(now.attempt - now.attempts_before).toBeLessThanOrEqual(MAX_ATTEMPTS);
		expect(now.attempt).toBeGreaterThanOrEqual(last?.attempt ?? 1);
		expect(now.renewals).toBeLessThanOrEqual(MAX_RENEWALS);
		expect(this.#mails).toBe(this.#endings);
		if (last?.outcome) {
			// What has once been settled stays settled, and so does what is final.
			expect({ outcome: now.outcome, attempt: now.attempt }).toEqual({
				outcome: last.outcome,
				attempt: last.attempt,
			});
		}
		if (last?.finished_at_ms) {
			// Its video may have been deleted since.
			expect({ ...now, video_expires_at_ms: null }).toEqual({ ...last, video_expires_at_ms: null });
		}
		if (now.status === "done") {
			expect(await bindings.MP3S.head(`${this.id}/${now.attempt}.mp3`)).not.toBeNull();
		}
	}

	/**
	 * Every message sent so far is lost, and both transcoders are gone; but from here on one that
	 * works pulls what the watchdog sends. Its own messages on `mp3` are lost, too.
	 */
	async settleDown(): Promise<void> {
		this.#held.fill(undefined);
		for (let round = 0; round < 2 * MAX_ATTEMPTS + 2; round++) {
			const sent = this.#messages.length;
			vi.setSystemTime(Date.now() + RESEND_SENT_AFTER_MS + MINUTE);
			await this.take({ do: "watch" });
			await this.check();
			if (this.#messages.length === sent) continue;
			await this.take({ do: "deliver", message: this.#messages.length - 1, transcoder: 0 });
			await this.take({ do: "settle", transcoder: 0, as: "converted" });
			await this.check();
		}
		const { status, attempt } = await row(this.id);
		expect(["done", "failed", "cancelled"]).toContain(status);
		// A message that was under way all the time changes nothing any more.
		await this.take({ do: "wait", ms: MINUTE });
		await this.take({ do: "notify", attempt });
		await this.check();
	}
}

test("whatever happens, there is one result, one mail for each ending, and an end", {
	timeout: 120_000,
}, async () => {
	const user = await signUp();
	await fc.assert(
		fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
			vi.useFakeTimers({ toFake: ["Date"] });
			const world = await World.begin(user);
			for (const step of steps) {
				await world.take(step);
				await world.check();
			}
			await world.settleDown();
			vi.useRealTimers();
		}),
		{ seed: SEED, numRuns: RUNS },
	);
});
