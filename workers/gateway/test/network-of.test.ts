import { expect, test } from "vitest";
import { networkOf } from "../abuse/network-of.ts";

const networkOfIp = (ip: string) => networkOf(new Headers({ "cf-connecting-ip": ip }));

test.each([
	["192.0.2.7", "192.0.2.7"],
	["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
	["2001:0DB8:0001:0002::9", "2001:db8:1:2::/64"],
	["2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
	["2001:db8:1:3::", "2001:db8:1:3::/64"],
	["2001:db8::1", "2001:db8:0:0::/64"],
	["2001:0:0:1::9", "2001:0:0:1::/64"],
	["::1", "0:0:0:0::/64"],
	["::ffff:192.0.2.7", "0:0:0:0::/64"],
])("%s counts as %s", (ip, network) => {
	expect(networkOfIp(ip)).toBe(network);
});

test("without an address there is no network", () => {
	expect(networkOf(new Headers())).toBeNull();
});

test("what is no address is counted by itself", () => {
	expect(networkOfIp("not:an:address")).toBe("not:an:address");
});
