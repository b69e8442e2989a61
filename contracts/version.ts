import * as z from "zod";

/**
 * Every message and control body carries this as `v`. A reader refuses a version it does not know
 * (the message goes to the dead letter queue); a change that old readers would misread takes a
 * new number.
 */
export const contractVersion = z.literal(1);
export const CURRENT_VERSION = 1;
