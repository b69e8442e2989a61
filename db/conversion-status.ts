import type { Conversion } from "./schema/conversions.ts";

type Life = Pick<Conversion, "status" | "videoExpiresAtMs">;

/** Whether work on it is going on or waits for its turn. */
export const isRunning = ({ status }: Life): boolean =>
	status === "queued" || status === "converting";

/** Whether nothing more will happen to it by itself. */
export const isOver = (row: Life): boolean => row.status !== "uploading" && !isRunning(row);

/** Whether it can be tried again: it came to nothing, and its video is still kept. */
export const isRestartable = ({ status, videoExpiresAtMs }: Life): boolean =>
	(status === "failed" || status === "cancelled") && videoExpiresAtMs !== null;
