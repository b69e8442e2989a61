import { expect, test } from "vitest";
import { hashPassword, UNKNOWN_USER_HASH, verifyPassword } from "../password.ts";

const PASSWORD = "correct horse battery";

test("a password verifies against its own hash and no other does", async () => {
	const hash = await hashPassword(PASSWORD);
	expect(await verifyPassword(PASSWORD, hash)).toBe(true);
	expect(await verifyPassword(`${PASSWORD} `, hash)).toBe(false);
	expect(await verifyPassword("", hash)).toBe(false);
});

test("the same password hashes differently for every user, with its parameters beside it", async () => {
	const [one, other] = [await hashPassword(PASSWORD), await hashPassword(PASSWORD)];
	expect(one).not.toBe(other);
	expect(one).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}$/);
});

test("a hash made with other parameters still verifies", async () => {
	// RFC 7914, section 12: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1, 64).
	const salt = btoa("SodiumChloride").replace(/=+$/, "");
	const hash = Uint8Array.fromHex(
		"7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
			"d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
	).toBase64({ omitPadding: true });
	const phc = `$scrypt$ln=14,r=8,p=1$${salt}$${hash}`;
	expect(await verifyPassword("pleaseletmein", phc)).toBe(true);
	expect(await verifyPassword("pleaseletmeout", phc)).toBe(false);
});

test("the same characters composed differently are the same password", async () => {
	const hash = await hashPassword("caf\u00e9-caf\u00e9");
	expect(await verifyPassword("cafe\u0301-cafe\u0301", hash)).toBe(true);
});

test("the hash checked for unknown users has the cost of a real one and matches nothing", async () => {
	const cost = (phc: string) => phc.split("$")[2];
	expect(cost(UNKNOWN_USER_HASH)).toBe(cost(await hashPassword(PASSWORD)));
	expect(UNKNOWN_USER_HASH.length).toBe((await hashPassword(PASSWORD)).length);
	expect(await verifyPassword(PASSWORD, UNKNOWN_USER_HASH)).toBe(false);
	expect(await verifyPassword("", UNKNOWN_USER_HASH)).toBe(false);
});

test("an unreadable hash is a fault, not a wrong password", async () => {
	await expect(verifyPassword(PASSWORD, "plain text")).rejects.toThrow("unreadable");
});
