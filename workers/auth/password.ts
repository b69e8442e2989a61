import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from "node:crypto";
import { isOfSaneLength, normalizedPassword } from "#contracts/password.ts";
import { NO_PASSWORD, type User } from "#db/schema/users.ts";

/*
 * Passwords at rest: scrypt (RFC 7914) in PHC strings, `$scrypt$ln=14,r=8,p=5$salt$hash`, so that
 * each hash carries the parameters it was made with.
 */

/** OWASP's recommendation for 16 MiB of memory: about 0.1 s of CPU in a Worker. */
const COST = { ln: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;

export const hasPassword = (user: Pick<User, "passwordHash">): boolean =>
	user.passwordHash !== NO_PASSWORD;

/** Costs as much to check as a real hash and matches no password. */
export const UNKNOWN_USER_HASH =
	"$scrypt$ln=14,r=8,p=5$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/** `$scrypt$ln=14,r=8,p=5$`: what hashes of today begin with. */
const PREFIX = `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$`;

/** Hashes with a fresh salt. The same characters typed on any keyboard give the same hash (NFKC). */
export async function hashPassword(password: string): Promise<string> {
	const salt = randomBytes(SALT_BYTES);
	const hash = await derive(password, salt, HASH_BYTES, COST);
	return `${PREFIX}${base64(salt)}$${base64(hash)}`;
}

/** Whether a hash was made with other parameters than hashes of today. */
export const isOutdatedHash = (phc: string): boolean => !phc.startsWith(PREFIX);

/**
 * Compares in constant time; where there is no password, none matches, at the same cost. Throws on a
 * string that is not one of ours: the row is corrupt.
 */
export async function verifyPassword(password: string, phc: string): Promise<boolean> {
	if (!isOfSaneLength(password)) return false;
	if (phc === NO_PASSWORD) {
		await verifyPassword(password, UNKNOWN_USER_HASH);
		return false;
	}
	const match = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(phc);
	if (match === null) throw new Error("unreadable password hash");
	const [, ln, r, p, salt = "", hash = ""] = match;
	const expected = Buffer.from(hash, "base64");
	const actual = await derive(password, Buffer.from(salt, "base64"), expected.byteLength, {
		ln: Number(ln),
		r: Number(r),
		p: Number(p),
	});
	return timingSafeEqual(actual, expected);
}

function derive(
	password: string,
	salt: Uint8Array,
	lengthBytes: number,
	cost: typeof COST,
): Promise<Buffer> {
	const options: ScryptOptions = { N: 2 ** cost.ln, r: cost.r, p: cost.p };
	return new Promise((resolve, reject) => {
		scrypt(normalizedPassword(password), salt, lengthBytes, options, (error, key) => {
			if (error) reject(error);
			else resolve(key);
		});
	});
}

const base64 = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");
