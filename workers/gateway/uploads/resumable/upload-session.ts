import { DurableObject } from "cloudflare:workers";
import type { ConversionId, UserId } from "#contracts/ids.ts";
import { describeError } from "#contracts/log-line.ts";
import { connect } from "#db/connect.ts";
import { log } from "../../http/log.ts";
import { finishResumable } from "./finish-resumable.ts";

const PART_TABLE =
	"create table if not exists part (number integer primary key, etag text not null)";

/** Longer than it takes to put parts together. */
const FINISH_AFTER_MS = 60_000;

/** Bytes after the last whole part, as an object of their own until the part is full. */
export interface Tail {
	key: string;
	sizeBytes: number;
}

/** What is known of a resumable upload. */
export interface Session {
	id: ConversionId;
	userId: UserId;
	/** R2's. */
	multipartUploadId: string;
	lengthBytes: number;
	/** As its creator sent it. */
	metadata: Record<string, string | null>;
	createdAtMs: number;
	/** When all this is forgotten, whatever else fails. */
	forgetAtMs: number;
	/** Counts those who took the upload over. Only the last of them may commit. */
	epoch: number;
	/** How much is stored for good: all parts, and the tail. */
	offsetBytes: number;
	partCount: number;
	tail: Tail | null;
}

/** What a request has stored and wants to count. */
export interface Commit {
	/** In the order of their numbers, which follow on those that count already. */
	parts: R2UploadedPart[];
	offsetBytes: number;
	tail: Tail | null;
}

/**
 * The memory and the lock of one resumable upload. Bytes go past it: a request takes the upload over,
 * stores parts in R2 by itself, and commits them here. Whoever was there before can no longer commit,
 * so a connection that was given up, and is still being read somewhere, changes nothing.
 */
export class UploadSession extends DurableObject<GatewayEnv> {
	readonly #sql = this.ctx.storage.sql;

	/** Opens it, once. */
	async open(
		opening: Omit<Session, "epoch" | "offsetBytes" | "partCount" | "tail">,
	): Promise<Session> {
		this.#sql.exec(PART_TABLE);
		const session: Session = { ...opening, epoch: 1, offsetBytes: 0, partCount: 0, tail: null };
		this.ctx.storage.kv.put("session", session);
		await this.ctx.storage.setAlarm(opening.forgetAtMs);
		return session;
	}

	/** Takes it over from whoever had it. Null when there is none. */
	take(): Session | null {
		const session = this.#session();
		if (session === null) return null;
		const taken = { ...session, epoch: session.epoch + 1 };
		this.ctx.storage.kv.put("session", taken);
		return taken;
	}

	/**
	 * Counts what was stored. False: somebody else has taken over, and it does not count. When all has
	 * come, whoever commits puts it together; should they die first, the alarm does.
	 */
	async commit(epoch: number, { parts, offsetBytes, tail }: Commit): Promise<boolean> {
		const session = this.#session();
		if (session?.epoch !== epoch) return false;
		for (const { partNumber, etag } of parts) {
			this.#sql.exec("insert into part (number, etag) values (?, ?)", partNumber, etag);
		}
		const partCount = session.partCount + parts.length;
		this.ctx.storage.kv.put("session", { ...session, offsetBytes, partCount, tail });
		if (offsetBytes === session.lengthBytes) {
			await this.ctx.storage.setAlarm(Date.now() + FINISH_AFTER_MS);
		}
		return true;
	}

	/** Whether nobody has taken it over since, and it has not ended. */
	isHeldAt(epoch: number): boolean {
		return this.#session()?.epoch === epoch;
	}

	/** All parts that count, for R2 to put together. */
	parts(): R2UploadedPart[] {
		// It may have been closed in the meantime.
		this.#sql.exec(PART_TABLE);
		return this.#sql
			.exec<{ number: number; etag: string }>("select number, etag from part order by number")
			.toArray()
			.map(({ number, etag }) => ({ partNumber: number, etag }));
	}

	/** Forgets everything. */
	async close(): Promise<void> {
		await this.ctx.storage.deleteAlarm();
		await this.ctx.storage.deleteAll();
	}

	override async alarm(): Promise<void> {
		const session = this.#session();
		const isComplete = session !== null && session.offsetBytes === session.lengthBytes;
		if (!isComplete || Date.now() >= session.forgetAtMs) return this.ctx.storage.deleteAll();
		try {
			await finishResumable(this.env, connect(this.env.DB), session, this.parts());
			await this.close();
		} catch (error) {
			log("error", "upload_not_finished", {
				conversionId: session.id,
				error: describeError(error),
			});
			await this.ctx.storage.setAlarm(Date.now() + FINISH_AFTER_MS);
		}
	}

	#session(): Session | null {
		return this.ctx.storage.kv.get<Session>("session") ?? null;
	}
}
