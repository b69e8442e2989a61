/** Stands in for notify's cron in the contract tests. */
export default {
	scheduled({ cron }) {
		if (cron === "fail in notify") throw new Error("the stub was told to fail");
	},
} satisfies ExportedHandler;
