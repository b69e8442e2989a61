export { default as Auth } from "../../auth/index.ts";
export { MailedVideos } from "../../gateway/mailed/mailed-videos.ts";
export { default } from "../index.ts";
