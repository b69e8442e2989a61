import { generate } from "selfsigned";

/** A certificate for a host, which signs itself: whoever is to believe it has to be told so. */
export async function certify(host: string): Promise<{ key: string; cert: string }> {
	const { private: key, cert } = await generate([{ name: "commonName", value: host }], {
		keySize: 2048,
		algorithm: "sha256",
		extensions: [
			{ name: "basicConstraints", cA: true, critical: true },
			{ name: "subjectAltName", altNames: [{ type: 2, value: host }] },
		],
	});
	return { key, cert };
}
