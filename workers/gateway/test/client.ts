import { createExecutionContext, env, waitOnExecutionContext } from "cloudflare:test";
import { expect } from "vitest";
import type { UserId } from "#contracts/ids.ts";
import { problem } from "#contracts/problem.ts";
import { type VideoMessage, videoMessage } from "#contracts/video-message.ts";
import gateway from "../index.ts";
import { expectDocumented } from "./documented.ts";

/** The gateway's own bindings; a test replaces one to see what happens when it fails. */
export type Bindings = GatewayEnv;
export const bindings = env as Bindings;

type IncomingRequest = Request<unknown, IncomingRequestCfProperties>;

/**
 * Sends one request to the gateway, waits until everything it started has ended, and expects the
 * answer to be one that the API's description has.
 */
export async function send(
	path: string,
	init: RequestInit = {},
	replaced: Partial<Bindings> = {},
): Promise<Response> {
	const context = createExecutionContext();
	const request = new Request(new URL(path, bindings.PUBLIC_URL), init) as IncomingRequest;
	const response = await gateway.fetch(request, { ...bindings, ...replaced }, context);
	await waitOnExecutionContext(context);
	await expectDocumented(request, response);
	return response;
}

/** A request with a body in JSON. */
export const post = (
	body: unknown,
	headers: Record<string, string> = {},
	method = "POST",
): RequestInit => ({
	method,
	headers: { "content-type": "application/json", ...headers },
	body: JSON.stringify(body),
});

let users = 0;
export const PASSWORD = "correct horse battery";

export interface TestUser {
	id: UserId;
	email: string;
	token: string;
	/** Headers that speak for the user. */
	auth: { authorization: string };
}

/** Registers and logs in a new user, through HTTP. */
export async function signUp(): Promise<TestUser> {
	const email = newAddress();
	await send("/register", post({ name: "Ada", username: email, password: PASSWORD }));
	// As if the mailed link had been opened.
	await bindings.DB.prepare("update users set email_verified_at_ms = created_at_ms where email = ?")
		.bind(email)
		.run();
	return logIn(email);
}

/** Registers and logs in somebody who has not opened the mailed link yet. */
export async function signUpUnverified(): Promise<TestUser> {
	const email = newAddress();
	await send("/register", post({ name: "Ada", username: email, password: PASSWORD }));
	return logIn(email);
}

export function newAddress(): string {
	users += 1;
	return `user${users}.${crypto.randomUUID()}@example.com`;
}

async function logIn(email: string): Promise<TestUser> {
	const id = await bindings.DB.prepare("select id from users where email = ?")
		.bind(email)
		.first<UserId>("id");
	if (id === null) throw new Error("nobody was registered");
	const login = await send("/login", { method: "POST", headers: basic(email, PASSWORD) });
	const token = await login.text();
	return { id, email, token, auth: { authorization: `Bearer ${token}` } };
}

/** The token in the mail that notify would send. */
export async function mailedToken(
	request: Parameters<Bindings["AUTH"]["issueEmailToken"]>[0],
): Promise<string> {
	const issued = await bindings.AUTH.issueEmailToken(request);
	if (issued === null) throw new Error("no mail would be sent");
	return issued.token;
}

export function basic(email: string, password: string): { authorization: string } {
	const bytes = new TextEncoder().encode(`${email}:${password}`);
	return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

/** A queue that keeps what is sent to it. */
export function recordingQueue(): Queue & { messages: unknown[]; delays: number[] } {
	const messages: unknown[] = [];
	const delays: number[] = [];
	return {
		...bindings.VIDEO_QUEUE,
		messages,
		delays,
		async send(message, options) {
			messages.push(message);
			delays.push(options?.delaySeconds ?? 0);
			return bindings.VIDEO_QUEUE.send(message, options);
		},
	};
}

/** Nine bytes that could be the beginning of a video, for all that can be told at the door. */
export const TINY_VIDEO = "\0\0\0\x18ftypm";

/** A small form with a file in it. */
export function videoForm(
	file: string | ArrayBuffer | Uint8Array<ArrayBuffer> = TINY_VIDEO,
	filename = "holiday.mp4",
	fields: Record<string, string> = {},
): FormData {
	const form = new FormData();
	for (const [name, value] of Object.entries(fields)) form.append(name, value);
	form.append("file", new File([file], filename, { type: "video/mp4" }));
	return form;
}

/** Uploads a small file and returns the conversion's id and the message a transcoder would get. */
export async function uploadVideo(
	user: TestUser,
	filename?: string,
): Promise<{ id: string; message: VideoMessage }> {
	const queue = recordingQueue();
	const response = await send(
		"/upload",
		{ method: "POST", headers: user.auth, body: videoForm(TINY_VIDEO, filename) },
		{ VIDEO_QUEUE: queue },
	);
	expect(response.status).toBe(202);
	const [message] = queue.messages;
	const { id } = (await response.json()) as { id: string };
	return { id, message: videoMessage.parse(message) };
}

/** Calls the control URL as the transcoder that holds the message. */
export async function callControl(
	message: VideoMessage,
	step: "claim" | "progress" | "settle" | "release",
	body: Record<string, unknown>,
	replaced: Partial<Bindings> = {},
): Promise<{ status: number; verdict?: string }> {
	const response = await send(
		new URL(`${message.control.url}/${step}`).pathname,
		post({ v: 1, ...body }, { authorization: `Bearer ${message.control.token}` }),
		replaced,
	);
	const answer = (await response.json()) as { verdict?: string };
	return { status: response.status, ...(answer.verdict && { verdict: answer.verdict }) };
}

/** Expects an RFC 9457 problem with this status and code. */
export async function expectProblem(
	response: Response,
	status: number,
	code: string,
): Promise<void> {
	const body = problem.parse(await response.json());
	expect({ status: response.status, code: body.code }).toEqual({ status, code });
	expect(response.headers.get("content-type")).toBe("application/problem+json");
	expect(body.status).toBe(status);
	expect(body.requestId).toBe(response.headers.get("x-request-id"));
}

/** What stands in storage: for tests that nothing stays behind. */
export async function leftBehind(): Promise<{ rows: number; objects: number }> {
	const rows = await bindings.DB.prepare("select count(*) as n from conversions").first<number>(
		"n",
	);
	const objects = await bindings.VIDEOS.list();
	return { rows: rows ?? 0, objects: objects.objects.length };
}
