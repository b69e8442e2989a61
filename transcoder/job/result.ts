import type { JobErrorCode } from "#contracts/job-error.ts";

/** A step of a job: its value, or why the job has failed. */
export type Result<Value> = { ok: true; value: Value } | Failure;

export type Failure = {
	ok: false;
	/** What the owner is told (contracts/job-error.ts). */
	code: JobErrorCode;
	/** What the log is told. */
	detail: string;
};

export function succeeded<Value>(value: Value): Result<Value> {
	return { ok: true, value };
}

export function failed(code: JobErrorCode, detail: string): Failure {
	return { ok: false, code, detail };
}
