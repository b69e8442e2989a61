import type { UserId } from "./ids.ts";

/** A video that came by mail, notify → gateway: what a request would have had. */
export interface MailedVideo {
	userId: UserId;
	/** As the mail has it. */
	filename: string;
	video: Uint8Array;
	/** By name, not parsed. */
	options: Record<string, string>;
	mail: {
		/** Its Message-ID, with the brackets. */
		messageId: string;
		references: string[];
		subject: string;
	};
}

/** `isNew`: it was not delivered before. */
export type MailedVideoResult =
	| { ok: true; isNew: boolean }
	| {
			ok: false;
			/** One of contracts/problem.ts. */
			code: string;
			/** What happened and what to do about it, for its sender. */
			detail: string;
			/** Whether the same mail may be taken another time. */
			isTemporary: boolean;
	  };
