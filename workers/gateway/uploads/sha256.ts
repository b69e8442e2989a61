/** SHA-256 of bytes as they come. */
export class Sha256 {
	readonly #stream = new crypto.DigestStream("SHA-256");
	readonly #writer = this.#stream.getWriter();

	write(bytes: Uint8Array): Promise<void> {
		return this.#writer.write(bytes);
	}

	/** Of all that was written, in hex; nothing can be written any more. */
	async hex(): Promise<string> {
		await this.#writer.close();
		return new Uint8Array(await this.#stream.digest).toHex();
	}
}
