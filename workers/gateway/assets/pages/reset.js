import { confirmByForm, sendByForm, show, takeToken } from "./link-page.js";

const token = takeToken();

// Whoever comes with a link that is not good any more is told so, and given a way to another one.
if (token !== "") {
	document.getElementById("request-title").textContent = "This link is not good any more";
	document.getElementById("outdated").hidden = false;
}
sendByForm(document.getElementById("request"), {
	path: "/account/password-reset",
	body: (data) => ({ username: data.get("username") }),
	onDone: () => show("requested"),
});

const password = document.getElementById("password");
const toggle = document.getElementById("show");
toggle.addEventListener("click", () => {
	const isShown = password.type === "text";
	password.type = isShown ? "password" : "text";
	toggle.textContent = isShown ? "Show" : "Hide";
	toggle.setAttribute("aria-pressed", String(!isShown));
});

confirmByForm(token, "/account/password-reset/confirm", (data) => ({
	password: data.get("password"),
}));
