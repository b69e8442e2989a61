import { bindings } from "./delivery.ts";

type Reached = Pick<NotifyEnv, "DB" | "VIDEOS" | "MP3S" | "EMAIL" | "WEBHOOK_QUEUE" | "MAIL_QUEUE">;

export interface Crash {
	replaced: Partial<NotifyEnv>;
	hasCrashed: () => boolean;
	/** What it did, or was about to do when it died: `D1: update "mails"`. */
	steps: string[];
}

/**
 * The bindings of a Worker that dies at some step: it never takes it, and from then on reaches nothing
 * any more. What is reached besides its storage is given, as it keeps what is sent.
 */
export function crashingAt(
	step: number,
	given: Partial<Omit<Reached, "DB" | "VIDEOS" | "MP3S">> = {},
): Crash {
	const steps: string[] = [];
	const dying = <Binding extends object>(name: string, binding: Binding): Binding =>
		new Proxy(binding, {
			get(target, method) {
				const member = Reflect.get(target, method, target);
				if (typeof member !== "function") return member;
				return (...args: unknown[]) => {
					steps.push(nameOf(name, String(method), args));
					if (steps.length >= step) throw new Error("the Worker has died");
					return Reflect.apply(member, target, args);
				};
			},
		});
	const { DB, VIDEOS, MP3S } = bindings;
	const reached: Partial<Reached> = { DB, VIDEOS, MP3S, ...given };
	return {
		replaced: Object.fromEntries(
			Object.entries(reached).map(([name, binding]) => [name, dying(name, binding)]),
		),
		hasCrashed: () => steps.length >= step,
		steps,
	};
}

/** The beginning of a statement: `DB: update "mails"`. */
function nameOf(binding: string, method: string, [first]: unknown[]): string {
	if (method !== "prepare") return `${binding}: ${method}`;
	const [statement] = /^\w+ (?:into |from )?(?:"\w+")?/.exec(String(first)) ?? [];
	return `${binding}: ${statement?.trim()}`;
}
