import { type Unsubscription, unsubscribeToken } from "#signing/unsubscribe-token.ts";

/** How a reader says that they want no more mail of a kind. */
export interface UnsubscribeLinks {
	/** For mail programs: they POST there (RFC 8058). */
	oneClick: string;
	/** For people: the token stands behind the `#`, where no server sees it. */
	page: string;
}

export function unsubscribeLinks(
	{ PUBLIC_URL, NOTIFY_KEY }: Pick<NotifyEnv, "PUBLIC_URL" | "NOTIFY_KEY">,
	unsubscription: Unsubscription,
): UnsubscribeLinks {
	const token = unsubscribeToken(NOTIFY_KEY, unsubscription);
	return {
		oneClick: `${PUBLIC_URL}/unsubscribe/one-click?token=${token}`,
		page: `${PUBLIC_URL}/unsubscribe#${token}`,
	};
}
