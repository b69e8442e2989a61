import { sendByForm, show, takeToken } from "./link-page.js";

/** What the second part of a token names. */
const KINDS = {
	finished: "an MP3 is ready",
	failed: "a conversion has failed",
	expiring: "an MP3 is about to be deleted",
};

const token = takeToken();
const kind = KINDS[token.split(".")[1]];
for (const place of document.querySelectorAll("[data-kind]")) place.textContent = kind;

sendByForm(document.getElementById("with-token"), {
	path: `/unsubscribe/one-click?token=${encodeURIComponent(token)}`,
	body: () => ({}),
	onDone: () => show("done"),
	onRefusal(code) {
		if (code === "invalid_link") show("without-token");
		return code === "invalid_link";
	},
});
show(kind === undefined ? "without-token" : "with-token");
