import { setTimeout as delay } from "node:timers/promises";
import PostalMime, { type Email } from "postal-mime";
import * as z from "zod";

/*
 * The mail that Earshot sent, as Miniflare caught it: nothing leaves this machine.
 */

const listing = z.object({
	result: z.array(z.object({ messageId: z.string(), to: z.array(z.string()) })),
});
const captured = z.object({ result: z.object({ raw: z.string() }) });

/** All mails to an address that have these words, in the order in which they were sent. */
export async function mailsTo(publicUrl: string, address: string, words = ""): Promise<Email[]> {
	const { result } = listing.parse(await ask(publicUrl, { per_page: "100" }));
	const mine = result.filter(({ to }) => to.includes(address)).reverse();
	const mails = await Promise.all(
		mine.map(async ({ messageId }) => {
			const { result } = captured.parse(await ask(publicUrl, { email_id: messageId }));
			return PostalMime.parse(result.raw);
		}),
	);
	return mails.filter(({ text }) => text?.includes(words));
}

/** The first mail to an address that has these words. Waits for it; throws when none comes. */
export async function awaitMail(
	publicUrl: string,
	address: string,
	words: string,
	signal: AbortSignal,
): Promise<Email> {
	while (true) {
		signal.throwIfAborted();
		const [mail] = await mailsTo(publicUrl, address, words);
		if (mail !== undefined) return mail;
		await delay(100, undefined, { signal });
	}
}

/** The token of the link to one of the pages in the first mail to an address that has one. */
export async function awaitLinkToken(
	publicUrl: string,
	address: string,
	page: "verify" | "reset" | "change-email",
	signal: AbortSignal,
): Promise<string> {
	const link = `${publicUrl}/${page}#`;
	const { text = "" } = await awaitMail(publicUrl, address, link, signal);
	return text.slice(text.indexOf(link) + link.length).split("\n", 1)[0] ?? "";
}

async function ask(publicUrl: string, query: Record<string, string>): Promise<unknown> {
	const url = new URL(`${publicUrl}/cdn-cgi/local/explorer/api/local/email/sending`);
	url.search = new URLSearchParams({ worker: "earshot-notify", ...query }).toString();
	const response = await fetch(url);
	if (!response.ok) throw new Error(`The mailbox answered ${response.status}.`);
	return response.json();
}
