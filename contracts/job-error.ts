import * as z from "zod";

/** Why a conversion failed, in words the owner sees. */
export const jobErrorCode = z.enum([
	"no_audio_track",
	"track_not_found",
	"unsupported_codec",
	"corrupt_input",
	"too_long",
	"too_large",
	"cut_beyond_end",
	"cannot_fit",
	"timed_out",
	"worker_lost",
	"source_missing",
	"storage_unavailable",
	"urls_expired",
	"internal",
]);
export type JobErrorCode = z.infer<typeof jobErrorCode>;

/** Plain, single-paragraph text: it goes into mails and API answers, never into a header. */
const sentence = z.string().min(1).max(500);

export const jobError = z
	.strictObject({
		code: jobErrorCode,
		/** What happened. */
		message: sentence,
		/** What the owner can do about it. */
		hint: sentence,
		/** Whether the same input may succeed on another try. */
		retryable: z.boolean(),
	})
	.meta({ id: "JobError" });
export type JobError = z.infer<typeof jobError>;

const catalogue: Record<JobErrorCode, Omit<JobError, "code">> = {
	no_audio_track: {
		message: "The file has no sound.",
		hint: "Check that the video has an audio track, then upload it again.",
		retryable: false,
	},
	track_not_found: {
		message: "The file has sound, but not the audio track you asked for.",
		hint: "Leave out the option `track`, or choose one that the file has.",
		retryable: false,
	},
	unsupported_codec: {
		message: "The sound is in a format that cannot be converted.",
		hint: "Save the video as MP4 with AAC sound, then upload it again.",
		retryable: false,
	},
	corrupt_input: {
		message: "The file is not a video, or it is damaged.",
		hint: "Check that the file plays on your device, then upload it again.",
		retryable: false,
	},
	too_long: {
		message: "The recording is longer than may be converted.",
		hint: "Cut it into shorter parts, then upload them one by one.",
		retryable: false,
	},
	too_large: {
		message: "The file or its sound is larger than can be converted.",
		hint: "Cut it into shorter parts, then upload them one by one.",
		retryable: false,
	},
	cut_beyond_end: {
		message: "The cut begins after the sound has ended.",
		hint: "Choose an earlier `startSeconds`.",
		retryable: false,
	},
	cannot_fit: {
		message: "The sound does not fit into so few bytes, however low its quality.",
		hint: "Choose a larger `fitBytes`, or cut the recording with `endSeconds`.",
		retryable: false,
	},
	timed_out: {
		message: "The conversion took too long and was stopped.",
		hint: "Try again later, or upload a shorter video.",
		retryable: true,
	},
	worker_lost: {
		message: "The conversion stopped without a word, several times.",
		hint: "Try again; if it happens again, the file itself is likely the cause.",
		retryable: true,
	},
	source_missing: {
		message: "The uploaded file is no longer stored.",
		hint: "Upload the video again.",
		retryable: false,
	},
	storage_unavailable: {
		message: "The file could not be read from or written to storage.",
		hint: "Try again in a few minutes.",
		retryable: true,
	},
	/** Seen by an owner only if it happens again and again: the first times do not count. */
	urls_expired: {
		message: "The file could not be read from or written to storage.",
		hint: "Try again in a few minutes.",
		retryable: true,
	},
	internal: {
		message: "Something went wrong on our side.",
		hint: "Try again in a few minutes.",
		retryable: true,
	},
};

/** The error for a code, with the one wording that every part of Earshot uses. */
export function jobErrorFor(code: JobErrorCode): JobError {
	return { code, ...catalogue[code] };
}

/** What the same video with other options may not run into. */
const CURED_BY_OPTIONS: JobErrorCode[] = ["track_not_found", "cut_beyond_end", "cannot_fit"];

/** Failures after which another try makes sense, so that the video is kept for it. */
export const CURABLE_ERRORS: readonly JobErrorCode[] = jobErrorCode.options.filter(
	(code) => catalogue[code].retryable || CURED_BY_OPTIONS.includes(code),
);
