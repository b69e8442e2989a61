import { addressParser, type Email } from "postal-mime";
import { emailAddress } from "#contracts/email-address.ts";

/**
 * Who wrote a mail: the one address of its one From header, as addresses are stored. Null: there are
 * several, or none; then nobody can say whom DMARC has spoken of.
 */
export function authorOf({ headers }: Email): string | null {
	const values = headers.filter(({ key }) => key === "from").map(({ value }) => value);
	const [value] = values;
	if (value === undefined || values.length > 1) return null;
	const [author, ...others] = addressParser(value);
	if (author === undefined || others.length > 0 || author.group !== undefined) return null;
	const parsed = emailAddress.safeParse(author.address);
	return parsed.success ? parsed.data : null;
}
