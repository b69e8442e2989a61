import * as z from "zod";

/**
 * The path's `{id}`. Any text: what is no id is as unknown as an id of somebody else's, and
 * answered with the same 404.
 */
export const params = z.object({
	id: z.string().meta({ example: "cnv_01KAG4Z6V1Q8N4T0X9D3R7M5WB" }),
});
