import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import * as z from "zod";

/*
 * Earshot's HTTP API as any client uses it.
 */

const problem = z.object({ code: z.string(), detail: z.string() });

const conversion = z.object({
	id: z.string(),
	status: z.string(),
	phase: z.string().nullable(),
	progress: z.number(),
	filename: z.string(),
	output: z
		.object({ sizeBytes: z.number(), durationSeconds: z.number(), bitrateKbps: z.number() })
		.nullable(),
	error: z.object({ code: z.string(), message: z.string(), hint: z.string() }).nullable(),
});
export type ConversionView = z.infer<typeof conversion>;

export interface NewAccount {
	name: string;
	/** The address. */
	username: string;
	password: string;
}

/** Registers an account, which has then to be confirmed (`sign-up.ts`). */
export async function register(publicUrl: string, account: NewAccount): Promise<void> {
	const response = await fetch(`${publicUrl}/register`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(account),
	});
	if (!response.ok) await refuse(response);
	// Cancelling it instead would break the connection, and the runtime complains of that.
	await response.text();
}

/** Confirms an address by the token of the link that was mailed there. */
export async function confirmAddress(publicUrl: string, token: string): Promise<void> {
	const response = await fetch(`${publicUrl}/account/verification/confirm`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ token }),
	});
	if (!response.ok) await refuse(response);
	await response.text();
}

/** Whether the address of whoever is logged in has been confirmed. */
export async function isConfirmed(publicUrl: string, token: string): Promise<boolean> {
	const response = await fetch(`${publicUrl}/account`, {
		headers: { authorization: `Bearer ${token}` },
	});
	if (!response.ok) await refuse(response);
	return z.object({ emailVerified: z.boolean() }).parse(await response.json()).emailVerified;
}

/** Logs in and returns the access token. */
export async function login(publicUrl: string, email: string, password: string): Promise<string> {
	const basic = Buffer.from(`${email}:${password}`).toString("base64");
	const response = await fetch(`${publicUrl}/login`, {
		method: "POST",
		headers: { authorization: `Basic ${basic}` },
	});
	if (!response.ok) await refuse(response);
	return response.text();
}

/** Uploads a file as the form's field `file`, streamed from disk. */
export async function upload(
	publicUrl: string,
	token: string,
	path: string,
	filename = basename(path),
): Promise<ConversionView> {
	const form = new FormData();
	form.set("file", await openAsBlob(path), filename);
	const response = await fetch(`${publicUrl}/upload`, {
		method: "POST",
		headers: { authorization: `Bearer ${token}` },
		body: form,
	});
	if (!response.ok) await refuse(response);
	return conversion.parse(await response.json());
}

export async function getConversion(
	publicUrl: string,
	token: string,
	id: string,
): Promise<ConversionView> {
	const response = await fetch(`${publicUrl}/conversions/${id}`, {
		headers: { authorization: `Bearer ${token}` },
	});
	if (!response.ok) await refuse(response);
	return conversion.parse(await response.json());
}

/** Throws what the server said, in its words. */
async function refuse(response: Response): Promise<never> {
	const said = problem.safeParse(await response.json().catch(() => null));
	const path = new URL(response.url).pathname;
	throw new Error(
		said.success
			? `${path} answered ${response.status} ${said.data.code}: ${said.data.detail}`
			: `${path} answered ${response.status}.`,
	);
}
