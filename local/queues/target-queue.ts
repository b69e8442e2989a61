import type { PullQueue } from "./pull-queue.ts";

/** The queue that a call is about: kept here, or Miniflare's. */
export type TargetQueue =
	| { consumer: "http_pull"; pullQueue: DurableObjectStub<PullQueue> }
	| { consumer: "worker"; producer: Queue };
