import { type Failure, failed } from "../job/result.ts";

/**
 * Why storage did not do what a presigned URL asks for: the URL has expired, so that a fresh one
 * will help, or another reason. No status says it: R2's for an expired URL is 400, S3's is 403, as
 * for a wrong key. So the URL's own times are held against storage's clock, which its answer tells;
 * where there is none, against ours.
 * https://developers.cloudflare.com/r2/api/error-codes/
 *
 * @param headers of the answer, if one came.
 */
export function refused(url: string, headers: Headers | undefined, detail: string): Failure {
	const storageClockMs = Date.parse(headers?.get("date") ?? "");
	const nowMs = Number.isNaN(storageClockMs) ? Date.now() : storageClockMs;
	return failed(nowMs >= expiresAtMs(url) ? "urls_expired" : "storage_unavailable", detail);
}

/** NaN: the URL does not say. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function expiresAtMs(url: string): number {
	const { searchParams } = new URL(url);
	const signed = searchParams.get("X-Amz-Date") ?? "";
	const iso = signed.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/, "$1-$2-$3:$4:$5");
	return Date.parse(iso) + Number(searchParams.get("X-Amz-Expires") ?? Number.NaN) * 1000;
}
