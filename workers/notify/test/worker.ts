export { default as Auth } from "../../auth/index.ts";
export { default } from "../index.ts";
