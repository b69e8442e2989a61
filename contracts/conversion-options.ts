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

const number = (schema: z.ZodType<number>) => z.preprocess(fromText, schema);

const oneOf = (values: readonly number[], unit: string) =>
	number(
		z
			.number()
			.refine((value) => values.includes(value), {
				error: `must be one of ${values.join(", ")} ${unit}`,
			})
			.meta({ enum: [...values] }),
	);

const seconds = () => number(z.number().min(0).max(MAX_DURATION_SECONDS));

/** Empty: without it, whatever the source says. */
const tagText = () =>
	z
		.string()
		.trim()
		.max(500)
		.refine((text) => !/[\p{Cc}\p{Cs}]/u.test(text), { error: "must be plain text on one line" })
		.describe("For the MP3's tag. Default: the source's own; empty for none.");

const quality = z.enum(["best", "high", "standard", "voice"]);

export const conversionOptionFields = z.strictObject({
	quality: quality
		.optional()
		.describe(
			"`best`: LAME's V0 (some 245 kbit/s), `high`: V2 (190), `standard`: V4 (165), `voice`: mono, 64 kbit/s, 24 kHz. Default: `high`.",
		),
	bitrateKbps: oneOf(MP3_BITRATES_KBPS, "kbit/s")
		.optional()
		.describe("A constant bitrate in kbit/s (1000 bits), instead of `quality`."),
	fitBytes: number(z.int().min(1_000).max(2_000_000_000))
		.optional()
		.describe("The largest file that will do, in bytes, instead of `quality`: as good as fits."),
	sampleRateHz: oneOf(MP3_SAMPLE_RATES_HZ, "Hz")
		.optional()
		.describe("Default: the source's, or what suits the bitrate."),
	channels: z
		.preprocess(fromText, z.union([z.literal(1), z.literal(2)], { error: "must be 1 or 2" }))
		.optional()
		.describe("1 is mono, 2 is stereo. Default: the source's, two of more than two."),
	startSeconds: seconds()
		.optional()
		.describe("Where to begin, exact to the sample, on the video's own timeline."),
	endSeconds: seconds().optional().describe("Where to end, on the same timeline."),
	loudnessLufs: number(z.number().min(-70).max(-5))
		.optional()
		.describe(
			"Integrated loudness by EBU R128, in LUFS: −16 suits podcasts, −23 broadcasting. Default: as it is.",
		),
	track: z
		.union(
			[
				number(z.int().min(0).max(99)),
				z
					.string()
					.regex(/^[A-Za-z]{2,3}$/)
					.toLowerCase(),
			],
			{ error: "must be a number from 0 or a language such as en" },
		)
		.optional()
		.describe(
			"Which sound of several: its place among them (0 is the first) or its language (`en`, `eng`). Default: the video's own choice.",
		),
	title: tagText().optional(),
	artist: tagText().optional(),
	album: tagText().optional(),
	comment: tagText().optional(),
	coverAtSeconds: seconds()
		.optional()
		.describe("Where in the video to take the cover picture from. Default: the cover it has."),
});

export const conversionOptions = conversionOptionFields
	.superRefine((options, context) => {
		for (const [path, message] of contradictions(options)) {
			context.addIssue({ code: "custom", path: [path], message });
		}
	})
	.transform(({ quality: given, ...options }) => {
		const isChosen = options.bitrateKbps !== undefined || options.fitBytes !== undefined;
		const quality = given ?? (isChosen ? undefined : ("high" as const));
		// First, given or not: the same wishes are the same JSON.
		return { ...(quality && { quality }), ...options };
	})
	.meta({ id: "ConversionOptions" });

export type ConversionOptions = z.infer<typeof conversionOptions>;

type Fields = z.infer<typeof conversionOptionFields>;

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
