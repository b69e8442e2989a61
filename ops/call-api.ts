import * as z from "zod";

/** The envelope of Cloudflare's REST API. */
const envelope = z.object({
	success: z.boolean(),
	errors: z.array(z.object({ code: z.number(), message: z.string() })).default([]),
	result: z.unknown(),
});

/** Makes one call and returns its result. Throws what the API says went wrong. */
export async function callApi(url: string, token: string, body: object): Promise<unknown> {
	const response = await fetch(url, {
		method: "POST",
		redirect: "error",
		headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
		body: JSON.stringify(body),
	}).catch((error: unknown) => {
		throw new Error(`${new URL(url).host} does not answer.`, { cause: error });
	});
	const answer = envelope.safeParse(await response.json().catch(() => null));
	if (answer.success && answer.data.success) return answer.data.result;
	const errors = answer.data?.errors.map(({ code, message }) => `${message} (${code})`) ?? [];
	throw new Error([`${new URL(url).host} answered ${response.status}`, ...errors].join(": "));
}
