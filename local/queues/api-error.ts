/**
 * The errors of the Queues REST API: codes of
 * https://developers.cloudflare.com/queues/reference/error-codes/ and, for the first three, of the
 * gateway before every Cloudflare API. The page gives no HTTP statuses; sizes answer 413 as
 * Miniflare's broker does.
 */
export const apiErrors = {
	authentication: { status: 401, code: 10000, message: "Authentication error" },
	unknownObject: {
		status: 404,
		code: 7003,
		message: "Could not route to the account, perhaps your object identifier is invalid?",
	},
	methodNotAllowed: { status: 405, code: 7001, message: "Method not available for that URI" },
	queueNotFound: { status: 404, code: 10104, message: "Queue does not exist" },
	batchDelayInvalid: { status: 400, code: 10202, message: "Invalid batch delay" },
	messageMetadataInvalid: { status: 400, code: 10203, message: "Invalid message metadata" },
	messageSizeOutOfBounds: { status: 413, code: 10204, message: "Message size out of bounds" },
	batchSizeOutOfBounds: { status: 413, code: 10205, message: "Batch size out of bounds" },
	batchCountOutOfBounds: { status: 413, code: 10206, message: "Batch count out of bounds" },
	bodyInvalid: {
		status: 400,
		code: 10207,
		message: "Request JSON body does not match expected schema",
	},
	bodyMalformed: { status: 400, code: 10208, message: "Request body is not valid JSON" },
	/** Undocumented; code and message are those of the live API. */
	pullNotEnabled: {
		status: 400,
		code: 0,
		message: "messages cannot be pulled unless http_pull mode is enabled",
	},
	internal: { status: 500, code: 15000, message: "Unknown error" },
} as const satisfies Record<string, { status: number; code: number; message: string }>;

export type ApiErrorName = keyof typeof apiErrors;
