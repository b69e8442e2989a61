import { createHash, timingSafeEqual } from "node:crypto";
import type { Checksum } from "./store-chunks.ts";

/** Of `Tus-Checksum-Algorithm`; SHA-1 is the one that a server must know. */
export const CHECKSUM_ALGORITHMS = ["sha1", "sha256", "md5"] as const;

/**
 * Reads an `Upload-Checksum` header: an algorithm, a space, the digest in base64
 * (https://tus.io/protocols/resumable-upload#checksum). Null when it cannot be read or the algorithm is
 * none of ours.
 */
export function uploadChecksum(header: string): Checksum | null {
	const [algorithm, digest = "", ...rest] = header.split(" ");
	const known = CHECKSUM_ALGORITHMS.find((name) => name === algorithm);
	if (known === undefined || rest.length > 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(digest)) return null;
	const wanted = Buffer.from(digest, "base64");
	const hash = createHash(known);
	return {
		update: (bytes) => void hash.update(bytes),
		isRight: () => {
			const found = hash.digest();
			return found.byteLength === wanted.byteLength && timingSafeEqual(found, wanted);
		},
	};
}
