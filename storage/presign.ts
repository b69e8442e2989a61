import { AwsV4Signer } from "aws4fetch";

/** R2's S3 endpoint and the key to it. */
export interface S3Access {
	/** `https://ACCOUNT.r2.cloudflarestorage.com`, or Miniflare's endpoint locally. */
	R2_S3_URL: string;
	R2_ACCESS_KEY_ID: string;
	R2_SECRET_ACCESS_KEY: string;
}

/** R2 refuses presigned URLs that live longer. https://developers.cloudflare.com/r2/api/s3/presigned-urls/ */
export const MAX_PRESIGNED_SECONDS = 7 * 24 * 60 * 60;

/**
 * A URL that allows one method on one object until it expires (AWS Signature Version 4 in the
 * query). It is a capability: whoever has it can use it, so never log it.
 *
 * @param headers signed too: the request must carry exactly these.
 */
export async function presign(
	access: S3Access,
	request: {
		method: "GET" | "PUT";
		bucket: "videos" | "mp3s";
		key: string;
		expiresInSeconds: number;
		headers?: Record<string, string>;
		now?: Date;
	},
): Promise<string> {
	const url = new URL(`${access.R2_S3_URL}/${request.bucket}/${request.key}`);
	url.searchParams.set("X-Amz-Expires", String(request.expiresInSeconds));
	const { url: signed } = await new AwsV4Signer({
		method: request.method,
		url: url.href,
		accessKeyId: access.R2_ACCESS_KEY_ID,
		secretAccessKey: access.R2_SECRET_ACCESS_KEY,
		service: "s3",
		region: "auto",
		signQuery: true,
		...(request.headers && { headers: request.headers, allHeaders: true }),
		...(request.now && { datetime: amzDate(request.now) }),
	}).sign();
	return signed.href;
}

/** `20261120T063942Z` */
const amzDate = (date: Date): string => date.toISOString().replace(/[:-]|\.\d{3}/g, "");
