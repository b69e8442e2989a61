import * as z from "zod";
import { MAX_DURATION_SECONDS } from "./limits.ts";
import { bitratesKbpsAt, MP3_BITRATES_KBPS, MP3_SAMPLE_RATES_HZ } from "./mp3-rates.ts";

/**
 * What the owner may ask of a conversion, as form fields, query parameters or JSON: numbers may
 * come as text. Unknown names are refused, so that a misspelt option is an error and no surprise.
 * Parsing what has been parsed changes nothing.
 */

/** Numbers as forms send them; anything else is left for the schema to refuse. */
const fromText = (value: unknown) =>
	typeof value === "string" && /^-?\d{1,15}(\.\d{1,9})?$/.test(value) ? Number(value) : value;

const number = (schema: z.ZodNumber) => z.preprocess(fromText, schema);

const oneOf = (values: readonly number[], unit: string) =>
	number(z.number()).refine((value) => values.includes(value), {
		error: `must be one of ${values.join(", ")} ${unit}`,
	});

const seconds = () => number(z.number().min(0).max(MAX_DURATION_SECONDS));

/** Goes into the MP3's tag. Empty: without it, whatever the source says. */
const tagText = () =>
	z
		.string()
		.trim()
		.max(500)
		.refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), { error: "must be plain text on one line" });

const quality = z.enum(["best", "high", "standard", "voice"]);

const fields = z.strictObject({
	/**
	 * `best`: LAME's V0 (~245 kbit/s), `high`: V2 (~190 kbit/s, the default), `standard`: V4
	 * (~165 kbit/s), `voice`: mono, 64 kbit/s, 24 kHz.
	 */
	quality: quality.optional(),
	/** A constant bitrate in kbit/s (1000 bits), instead of `quality`. */
	bitrateKbps: oneOf(MP3_BITRATES_KBPS, "kbit/s").optional(),
	/** The largest file that will do, in bytes, instead of `quality`: as good as fits. */
	fitBytes: number(z.int().min(1_000).max(2_000_000_000)).optional(),
	/** Default: the source's, or what suits the bitrate. */
	sampleRateHz: oneOf(MP3_SAMPLE_RATES_HZ, "Hz").optional(),
	/** 1 is mono, 2 is stereo. Default: the source's, two of more than two. */
	channels: z
		.preprocess(fromText, z.union([z.literal(1), z.literal(2)], { error: "must be 1 or 2" }))
		.optional(),
	/** Cuts, exact to the sample, on the video's own timeline. */
	startSeconds: seconds().optional(),
	endSeconds: seconds().optional(),
	/** Integrated loudness by EBU R128, in LUFS: −16 suits podcasts, −23 broadcasting. */
	loudnessLufs: number(z.number().min(-70).max(-5)).optional(),
	/** Which sound of several: its place among them (0 is the first) or its language (`en`, `eng`). */
	track: z
		.union(
			[
				number(z.int().min(0).max(99)),
				z
					.string()
					.regex(/^[a-z]{2,3}$/i)
					.toLowerCase(),
			],
			{ error: "must be a number from 0 or a language such as en" },
		)
		.optional(),
	title: tagText().optional(),
	artist: tagText().optional(),
	album: tagText().optional(),
	comment: tagText().optional(),
	/** Where in the video to take the cover picture from. Default: the cover that the file has. */
	coverAtSeconds: seconds().optional(),
});

export const conversionOptions = fields
	.superRefine((options, context) => {
		for (const [path, message] of contradictions(options)) {
			context.addIssue({ code: "custom", path: [path], message });
		}
	})
	.transform((options) => {
		const isChosen = options.bitrateKbps !== undefined || options.fitBytes !== undefined;
		return isChosen ? options : { ...options, quality: options.quality ?? ("high" as const) };
	});

export type ConversionOptions = z.infer<typeof conversionOptions>;

type Fields = z.infer<typeof fields>;

function* contradictions(options: Fields): Generator<[keyof Fields, string]> {
	const { quality, bitrateKbps, fitBytes, sampleRateHz, startSeconds = 0, endSeconds } = options;
	if ([quality, bitrateKbps, fitBytes].filter((each) => each !== undefined).length > 1) {
		yield ["quality", "give one of quality, bitrateKbps and fitBytes"];
	}
	if (bitrateKbps !== undefined && sampleRateHz !== undefined) {
		const possible = bitratesKbpsAt(sampleRateHz);
		if (!possible.includes(bitrateKbps)) {
			yield ["bitrateKbps", `at ${sampleRateHz} Hz must be one of ${possible.join(", ")} kbit/s`];
		}
	}
	if (endSeconds !== undefined && endSeconds <= startSeconds) {
		yield ["endSeconds", "must be later than startSeconds"];
	}
}
