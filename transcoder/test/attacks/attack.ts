import type { JobErrorCode } from "#contracts/job-error.ts";

/** One hostile upload. */
export type Attack = {
	/** What it is, to be read after "an attack by …". */
	name: string;
	bytes: () => Promise<Uint8Array> | Uint8Array;
	/**
	 * How its conversion ends: `converted`, where what is hostile in it is of no concern to the
	 * sound; `refused`, where each version of ffmpeg has its own reason; `either`, where enough of
	 * the sound may be left.
	 */
	end: JobErrorCode | "converted" | "refused" | "either";
	/** Its sound goes on for hours, and takes its time to decode. */
	isLong?: boolean;
};

/** Where attacks try to get to: nobody may follow them there. */
export type Targets = {
	/** Nobody listens to it but the test: TCP and UDP. */
	port: number;
	/** A fine video outside of every job's directory, in whose path `canary` stands. */
	canary: string;
};
