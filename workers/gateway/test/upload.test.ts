import { expect, test } from "vitest";
import { send, signUp, videoForm } from "./client.ts";

test("x", async () => {
	const user = await signUp();
	const r = await send("/upload", {
		method: "POST",
		headers: user.auth,
		body: videoForm("aaa", 'e"v.mp4'),
	});
	console.log(r.status, await r.text());
	for (const raw of ['filename="../ev\\"il%0Ax.mp4"', 'filename="s.mp4"']) {
		const b = `--b\r\nContent-Disposition: form-data; name="file"; ${raw}\r\nContent-Type: video/mp4\r\n\r\nabc\r\n--b--\r\n`;
		const r = await send("/upload", {
			method: "POST",
			headers: { ...user.auth, "content-type": "multipart/form-data; boundary=b" },
			body: b,
		});
		console.log(r.status, await r.text());
	}
	{
		const b = `--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n\r\n--b--\r\n`;
		const r = await send("/upload", {
			method: "POST",
			headers: { ...user.auth, "content-type": "multipart/form-data; boundary=b" },
			body: b,
		});
		console.log(r.status, await r.text());
	}
});
