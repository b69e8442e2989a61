import { sql } from "drizzle-orm";

/**
 * The order for work of which one run takes only so much: rows that fail time and again cannot hold
 * up the others, as they would if they were the oldest.
 */
export const BY_CHANCE = sql`random()`;
