/**
 * Whose requests count together: an IPv4 address, or an IPv6 network of 64 bits, which is what one
 * customer has at least and can change addresses in at will (RFC 6177). Null without an address:
 * Cloudflare says it in `CF-Connecting-IP` and lets no client say it.
 */
export function networkOf(headers: { get(name: string): string | null }): string | null {
	const ip = headers.get("cf-connecting-ip")?.trim();
	if (!ip) return null;
	if (!ip.includes(":")) return ip;
	// The URL parser knows every way to write an IPv6 address, and has one of its own.
	const canonical = URL.parse(`http://[${ip}]`)?.hostname.slice(1, -1);
	if (canonical === undefined) return ip;
	const [before = "", after] = canonical.split("::");
	const groups = before === "" ? [] : before.split(":");
	if (after !== undefined) {
		const last = after === "" ? [] : after.split(":");
		while (groups.length + last.length < 8) groups.push("0");
		groups.push(...last);
	}
	return `${groups.slice(0, 4).join(":")}::/64`;
}
