import { beforeEach, expect, test } from "vitest";
import type { VideoMessage } from "#contracts/video-message.ts";
import { callControl, expectProblem, send, signUp, type TestUser, uploadVideo } from "./client.ts";
import { convert, newClaim } from "./lifecycle.ts";

/** What happens to conversions, told as it happens. */

let user: TestUser;
let id: string;
let message: VideoMessage;

beforeEach(async () => {
	user = await signUp();
	({ id, message } = await uploadVideo(user));
});

interface ServerEvent {
	id: string | undefined;
	event: string | undefined;
	data: { id: string; status?: string; progress?: number } | undefined;
}

/** An open stream, read event by event. */
class Stream {
	readonly #reader: ReadableStreamDefaultReader<string>;
	#text = "";

	private constructor(reader: ReadableStreamDefaultReader<string>) {
		this.#reader = reader;
	}

	static async open(path: string, headers: Record<string, string> = {}): Promise<Stream> {
		const response = await send(path, { headers: { ...user.auth, ...headers } });
		expect(response.status).toBe(200);
		expect(response.headers.get("cache-control")).toContain("no-transform");
		const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
		return new Stream(reader ?? expect.fail());
	}

	/** The next event, comments left out. Null when the stream has ended. */
	async next(): Promise<ServerEvent | null> {
		while (true) {
			const end = this.#text.indexOf("\n\n");
			if (end === -1) {
				const { value, done } = await this.#reader.read();
				if (done) return null;
				this.#text += value;
				continue;
			}
			const block = this.#text.slice(0, end);
			this.#text = this.#text.slice(end + 2);
			if (block.startsWith(":")) continue;
			const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
			const data = field("data");
			return { id: field("id"), event: field("event"), data: data && JSON.parse(data) };
		}
	}

	close(): Promise<void> {
		return this.#reader.cancel();
	}
}

const cancel = (of: string) =>
	send(`/conversions/${of}/cancel`, { method: "POST", headers: user.auth });
const remove = (of: string) => send(`/conversions/${of}`, { method: "DELETE", headers: user.auth });

test("one conversion's stream tells how it is, what happens, and ends with it", async () => {
	const stream = await Stream.open(`/conversions/${id}/events`);
	expect(await stream.next()).toMatchObject({ data: undefined });
	expect(await stream.next()).toMatchObject({
		event: "conversion",
		data: { id, status: "queued" },
	});
	const claim = newClaim();
	await callControl(message, "claim", claim);
	await callControl(message, "progress", { ...claim, phase: "encoding", fraction: 0.25 });
	expect(await stream.next()).toMatchObject({
		event: "conversion",
		data: { status: "converting", progress: 0.25 },
	});
	await cancel(id);
	expect(await stream.next()).toMatchObject({ data: { status: "cancelled" } });
	expect(await stream.next()).toBeNull();
});

test("who has seen the end and asks again is told to stop asking", async () => {
	await convert(message);
	const stream = await Stream.open(`/conversions/${id}/events`);
	await stream.next();
	const end = await stream.next();
	expect(end).toMatchObject({ data: { status: "done" } });
	expect(await stream.next()).toBeNull();
	const again = await send(`/conversions/${id}/events`, {
		headers: { ...user.auth, "last-event-id": end?.id ?? "" },
	});
	expect(again.status).toBe(204);
});

test("all of a user's conversions come in one stream, and nobody else's", async () => {
	const stream = await Stream.open("/events");
	expect(await stream.next()).toMatchObject({ data: undefined });
	expect(await stream.next()).toMatchObject({ data: { id, status: "queued" } });
	await uploadVideo(await signUp());
	const second = await uploadVideo(user);
	expect(await stream.next()).toMatchObject({ data: { id: second.id } });
	await remove(id);
	expect(await stream.next()).toMatchObject({ event: "deleted", data: { id } });
	await stream.close();
});

test("what is over is no news to who begins to listen", async () => {
	await cancel(id);
	const stream = await Stream.open("/events");
	await stream.next();
	const second = await uploadVideo(user);
	expect(await stream.next()).toMatchObject({ data: { id: second.id } });
	await stream.close();
});

test("who comes back is told all that was missed, deletions too, in order and once", async () => {
	const first = await Stream.open("/events");
	const opened = await first.next();
	await first.close();
	const second = await uploadVideo(user);
	const third = await uploadVideo(user);
	await cancel(id);
	await remove(second.id);

	const headers = { "last-event-id": opened?.id ?? "" };
	const stream = await Stream.open("/events", headers);
	await stream.next();
	const missed = [await stream.next(), await stream.next(), await stream.next()];
	expect(missed).toMatchObject([
		{ event: "conversion", data: { id: third.id } },
		{ event: "conversion", data: { id, status: "cancelled" } },
		{ event: "deleted", data: { id: second.id } },
	]);
	const numbers = missed.map((event) => Number(event?.id));
	expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
	await stream.close();
});

test.each(["nonsense", "-1", "1e3", "99999999999999", ""])(
	"a Last-Event-ID of %j is as good as none",
	async (number) => {
		const stream = await Stream.open("/events", { "last-event-id": number });
		await stream.next();
		expect(await stream.next()).toMatchObject({ data: { id } });
		await stream.close();
	},
);

test("streams are for who is signed in", async () => {
	await expectProblem(await send("/events"), 401, "unauthenticated");
	await expectProblem(await send(`/conversions/${id}/events`), 401, "unauthenticated");
});

test("who waits for a conversion is answered when it is over", async () => {
	const waiting = send(`/conversions/${id}?wait=30`, { headers: user.auth });
	await convert(message);
	expect(await (await waiting).json()).toMatchObject({ id, status: "done" });
});

test("who waits in vain is answered all the same", async () => {
	const response = await send(`/conversions/${id}?wait=1`, { headers: user.auth });
	expect(await response.json()).toMatchObject({ id, status: "queued" });
});

test.each(["-1", "61", "1.5", "soon"])("waiting for %j seconds is refused", async (wait) => {
	const response = await send(`/conversions/${id}?wait=${wait}`, { headers: user.auth });
	await expectProblem(response, 400, "invalid_query");
});
