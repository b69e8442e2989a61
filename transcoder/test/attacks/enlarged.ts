import { SOUND_ONLY_FROM_BYTES } from "../../limits.ts";
import { box } from "../movie.ts";
import type { Attack } from "./attack.ts";

/** An MP4 or QuickTime file made so large that the transcoder reads its index itself. */
export function enlarged({ name, bytes, end }: Attack): Attack {
	const nothing = box("free", Buffer.alloc(SOUND_ONLY_FROM_BYTES));
	return {
		name: `${name}, in 8 MB`,
		bytes: async () => Buffer.concat([await bytes(), nothing]),
		// Now there are bytes where samples are said to be, and bytes are all that PCM is.
		end: end === "corrupt_input" ? "either" : end,
	};
}
