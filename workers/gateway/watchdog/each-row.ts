import type { ConversionId } from "#contracts/ids.ts";
import { describeError } from "#contracts/log-line.ts";
import { log } from "../http/log.ts";

/** Works on each row, whatever becomes of the others: what fails is logged, and due again. */
export async function eachRow<Row extends { id: ConversionId }>(
	rows: readonly Row[],
	work: (row: Row) => Promise<void>,
): Promise<void> {
	for (const row of rows) {
		try {
			await work(row);
		} catch (error) {
			const fields = { conversionId: row.id, error: describeError(error) };
			log("error", "watchdog_row_failed", fields);
		}
	}
}
