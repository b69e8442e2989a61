export { default as Auth } from "../../auth/index.ts";
export { default, UploadSession } from "../index.ts";
