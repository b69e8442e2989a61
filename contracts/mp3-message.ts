import * as z from "zod";
import { conversionId } from "./ids.ts";
import { contractVersion } from "./version.ts";

/**
 * Queue `mp3`, transcoder or watchdog → notify: this attempt has been settled, finish it.
 *
 * It says nothing about the outcome: that stands in D1, written through the attempt's own control
 * token. So a forged, repeated or late message can make nobody believe anything that is not so.
 */
export const mp3Message = z.strictObject({
	v: contractVersion,
	conversionId,
	attempt: z.int().positive(),
});
export type Mp3Message = z.infer<typeof mp3Message>;
