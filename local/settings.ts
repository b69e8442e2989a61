import * as z from "zod";

/** What a person may set in the environment of `npm start` and `npm run demo`. */
const settings = z.object({
	PORT: z.coerce.number().int().min(1).max(65_535).default(8787),
	DEMO_EMAIL: z.email().default("demo@example.com"),
	DEMO_PASSWORD: z.string().min(8).max(128).default("a-demo-password"),
	/** One laptop has no edge in front of it that would refuse large bodies. */
	MAX_UPLOAD_BYTES: z.coerce.number().int().positive().default(5_000_000_000),
});
export type Settings = z.infer<typeof settings>;

/** Reads the environment. Throws one clear line about the first setting that is wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
	const parsed = settings.safeParse(environment);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
}
