export { conversionChanges } from "./conversion-changes.ts";
export { conversions } from "./conversions.ts";
export { deletedConversions } from "./deleted-conversions.ts";
export { idempotencyKeys } from "./idempotency-keys.ts";
export { mails } from "./mails.ts";
export { userLimits } from "./user-limits.ts";
export { users } from "./users.ts";
