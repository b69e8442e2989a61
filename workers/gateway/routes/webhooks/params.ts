import * as z from "zod";

export const params = z.object({ id: z.string() });

export const deliveryParams = z.object({ id: z.string(), eventId: z.string() });
