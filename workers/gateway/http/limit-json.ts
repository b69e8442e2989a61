import { bodyLimit } from "hono/body-limit";
import { fail } from "./context.ts";

/** Bodies of JSON routes are small; anything larger is not meant for us. */
const MAX_JSON_BYTES = 64 * 1024;

/** Refuses a body that is too large for a JSON route before it is parsed. */
export const limitJson = bodyLimit({
	maxSize: MAX_JSON_BYTES,
	onError: (c) => fail(c, "payload_too_large", "The body is larger than 64 KiB."),
});
