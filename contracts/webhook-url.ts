import ipaddr from "ipaddr.js";

/** Longer ones are no addresses of a webhook. */
export const MAX_WEBHOOK_URL_CHARACTERS = 2000;

/** Names that mean this machine or this network, wherever they are looked up. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa)$/;

/** What the development switch lets through. */
const LOOPBACK_NAME = /(^|\.)localhost$/;

/**
 * What is wrong with an address that events are to be sent to, in a sentence for its owner; null when
 * nothing is. Asked when a webhook is made and again before each delivery.
 *
 * Refused is whatever leads into somebody's own network (SSRF): addresses that are not public
 * (RFC 6890), in whichever notation, as the URL parser has made one of them; names that are only
 * local; and what is not HTTPS. A public name whose address is private is not seen here: Cloudflare
 * connects Workers to public addresses alone (docs/decisions/030-webhooks.md).
 */
export function webhookUrlProblem(
	text: string,
	{ allowLoopback }: { allowLoopback: boolean },
): string | null {
	const url = URL.parse(text);
	if (url === null) return "The address is not a URL.";
	// As it is sent: what is no ASCII is longer there.
	if (url.href.length > MAX_WEBHOOK_URL_CHARACTERS) {
		return `The address is longer than ${MAX_WEBHOOK_URL_CHARACTERS} characters.`;
	}
	if (url.username !== "" || url.password !== "") {
		return "The address may have no user name or password in it: put a token into its path.";
	}
	if (url.href.includes("#")) {
		return "The address may have no part behind #: it would not be sent.";
	}
	// "example.com." is example.com.
	const host = url.hostname.replace(/\.$/, "");
	if (allowLoopback && isLoopback(host) && /^https?:$/.test(url.protocol)) return null;
	if (url.protocol !== "https:") return "The address has to begin with https://.";
	return isPublic(host) ? null : "The address has to be one that is reached from the Internet.";
}

/** An IP address as it stands in a URL: of version 6 in brackets. */
const addressOf = (host: string) => {
	const bare = host.replace(/^\[(.*)\]$/, "$1");
	return ipaddr.isValid(bare) ? ipaddr.parse(bare) : null;
};

const isLoopback = (host: string): boolean =>
	LOOPBACK_NAME.test(host) || addressOf(host)?.range() === "loopback";

/** Of version 6, all that is given out begins with 001 (RFC 4291, 2.4). */
const isGlobal = (address: ipaddr.IPv4 | ipaddr.IPv6): boolean =>
	address.kind() === "ipv4" || (address.toByteArray()[0] ?? 0) >> 5 === 1;

function isPublic(host: string): boolean {
	const address = addressOf(host);
	if (address !== null) return address.range() === "unicast" && isGlobal(address);
	// "localhost.." is no name, but who knows what a resolver makes of it.
	return host.includes(".") && !host.split(".").includes("") && !LOCAL_NAME.test(host);
}
