import type { Header } from "postal-mime";
import { parseAuthenticationResults } from "./authentication-results.ts";

/**
 * Whether the server that took a mail in has seen that it comes from the domain in its From (DMARC,
 * RFC 7489). Only the topmost Authentication-Results counts: that server put it there, and what stands
 * below it came along with the mail.
 *
 * @param authenticator what that server calls itself.
 */
export function isAuthentic(
	headers: readonly Header[],
	fromDomain: string,
	authenticator: string,
): boolean {
	const topmost = headers.find(({ key }) => key === "authentication-results");
	const parsed = topmost === undefined ? null : parseAuthenticationResults(topmost.value);
	if (parsed === null || parsed.server !== authenticator.toLowerCase()) return false;
	const verdicts = parsed.results.filter(({ method }) => method === "dmarc");
	return (
		verdicts.length > 0 &&
		verdicts.every(
			({ result, properties }) =>
				result === "pass" &&
				properties.get("header.from")?.toLowerCase() === fromDomain.toLowerCase(),
		)
	);
}
