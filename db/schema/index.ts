export { conversions } from "./conversions.ts";
export { mails } from "./mails.ts";
export { users } from "./users.ts";
