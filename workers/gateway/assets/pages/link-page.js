/*
 * What the pages behind mailed links have in common. The token stands behind the `#`, so it is in no
 * request for the page, no log and no Referer; and nothing is done with it until somebody presses a
 * button, so that programs that open links in mails use nothing up.
 */

/** Takes the token out of the address bar, and so out of the history and of screenshots. */
export function takeToken() {
	const token = location.hash.slice(1);
	history.replaceState(null, "", location.pathname);
	return token;
}

/** Shows one part of the page in place of the others, and tells screen readers. */
export function show(id) {
	for (const part of document.querySelectorAll("main > form, main > section")) {
		part.hidden = part.id !== id;
	}
	document.getElementById(id).focus();
}

/**
 * Has a form send JSON in place of itself. What is refused is said in the form, for another try;
 * unless `onRefusal` takes care of it.
 */
export function sendByForm(form, { path, body, onDone, onRefusal = () => false }) {
	const button = form.querySelector("[type=submit]");
	const problem = form.querySelector(".problem");
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		button.disabled = true;
		problem.hidden = true;
		const answer = await post(path, body(new FormData(form)));
		button.disabled = false;
		if (answer.ok) return onDone(answer.value);
		if (onRefusal(answer.code)) return;
		problem.textContent = answer.detail;
		problem.hidden = false;
	});
}

/** Wires up `#with-token`: with its button the token is used, and the account is shown in `#done`. */
export function confirmByForm(token, path, fields = () => ({})) {
	const form = document.getElementById("with-token");
	sendByForm(form, {
		path,
		body: (data) => ({ token, ...fields(data) }),
		onDone(account) {
			for (const place of document.querySelectorAll("[data-account]")) {
				place.textContent = account[place.dataset.account];
			}
			show("done");
		},
		onRefusal(code) {
			if (code === "invalid_link") show("without-token");
			return code === "invalid_link";
		},
	});
	show(token === "" ? "without-token" : "with-token");
}

async function post(path, body) {
	try {
		const response = await fetch(path, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		const text = await response.text();
		const value = text === "" ? null : JSON.parse(text);
		if (response.ok) return { ok: true, value };
		return { ok: false, code: value.code, detail: `${value.title}. ${value.detail}` };
	} catch {
		const detail = "Earshot does not answer. Check your connection and try again.";
		return { ok: false, code: null, detail };
	}
}
