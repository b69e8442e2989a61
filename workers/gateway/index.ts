import { connect } from "#db/connect.ts";
import { app } from "./app.ts";
import { runWatchdog } from "./watchdog/run-watchdog.ts";

export { MailedVideos } from "./mailed/mailed-videos.ts";
export { UploadSession } from "./uploads/resumable/upload-session.ts";

export default {
	fetch: app.fetch,
	scheduled: (_event, env) => runWatchdog(env, connect(env.DB), Date.now()),
} satisfies ExportedHandler<GatewayEnv>;
