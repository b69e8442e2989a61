import * as z from "zod";

/** The token of a mailed link. Any text: what is none is as good as one that was used. */
export const linkToken = z.string().max(200).describe("What follows the `#` in the link.");
