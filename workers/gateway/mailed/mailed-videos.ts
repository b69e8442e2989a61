import { WorkerEntrypoint } from "cloudflare:workers";
import type { MailedVideo, MailedVideoResult } from "#contracts/mailed-video.ts";
import { connect } from "#db/connect.ts";
import { receiveMailedVideo } from "./receive-mailed-video.ts";

/** For notify, which gets the mail: typed RPC. It is in no route, so nobody else can call it. */
export class MailedVideos extends WorkerEntrypoint<GatewayEnv> {
	receive(mailed: MailedVideo): Promise<MailedVideoResult> {
		return receiveMailedVideo(this.env, connect(this.env.DB), mailed);
	}
}
