import { describe, expect, test } from "vitest";
import { webhookUrlProblem } from "#contracts/webhook-url.ts";

describe("an address of a webhook", () => {
	const problem = (url: string, allowLoopback = false) => webhookUrlProblem(url, { allowLoopback });

	test.each([
		"https://example.com",
		"https://example.com:8443/path?query=1",
		"https://bücher.example/",
		"https://93.184.216.34/",
		"https://[2606:2800:220:1::1]/",
		"https://example.com./",
	])("may be %s", (url) => {
		expect(problem(url)).toBeNull();
	});

	test.each([
		"",
		"nonsense",
		"/path",
		"http://example.com/",
		"ftp://example.com/",
		"file:///etc/passwd",
		"https://user:password@example.com/",
		"https://user@example.com/",
		"https://example.com/#fragment",
		"https://example.com/#",
		`https://example.com/${"x".repeat(2000)}`,
		`https://example.com/${"ü".repeat(500)}`,
		// This machine, in every way to write it.
		"https://localhost/",
		"https://LOCALHOST/",
		"https://localhost./",
		"https://a.localhost/",
		"https://127.0.0.1/",
		"https://127.1/",
		"https://2130706433/",
		"https://0x7f000001/",
		"https://0177.0.0.1/",
		"https://１２７.0.0.1/",
		"https://[::1]/",
		"https://[::ffff:127.0.0.1]/",
		"https://[::ffff:7f00:1]/",
		"https://[::127.0.0.1]/",
		// A version 4 address in version 6's clothes, whichever it is.
		"https://[::ffff:93.184.216.34]/",
		// Names with an empty label in them.
		"https://localhost../",
		"https://127.0.0.1../",
		"https://vault..internal../",
		"https://0.0.0.0/",
		"https://[::]/",
		// Networks that are somebody's own, or nobody's.
		"https://10.0.0.1/",
		"https://172.16.0.1/",
		"https://192.168.1.1/",
		"https://100.64.0.1/",
		"https://169.254.169.254/latest/meta-data/",
		"https://192.0.0.1/",
		"https://198.18.0.1/",
		"https://203.0.113.1/",
		"https://224.0.0.1/",
		"https://255.255.255.255/",
		"https://240.0.0.1/",
		"https://[fe80::1]/",
		"https://[fd00:ec2::254]/",
		"https://[ff02::1]/",
		"https://[64:ff9b::a00:1]/",
		"https://[2002:a00:1::]/",
		"https://[2001:db8::1]/",
		// Names that are only local.
		"https://intranet/",
		"https://printer.local/",
		"https://metadata.google.internal/",
		"https://router.home.arpa/",
		"https://nas.lan/",
	])("may not be %s", (url) => {
		expect(problem(url)).toEqual(expect.stringMatching(/^The address .*\.$/));
	});

	test("on this machine may be used in development, and no other that is private", () => {
		for (const url of ["http://localhost:9000/", "http://127.0.0.1:9000/", "https://[::1]/"]) {
			expect(problem(url, true)).toBeNull();
		}
		for (const url of [
			"http://10.0.0.1/",
			"http://example.com/",
			"https://169.254.169.254/",
			"ftp://localhost/",
			"http://user:password@localhost/",
			"http://localhost/#fragment",
		]) {
			expect(problem(url, true)).not.toBeNull();
		}
	});
});
