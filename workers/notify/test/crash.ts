import { bindings } from "./delivery.ts";

/** The storage of a Worker that dies at some step: from then on, it reaches nothing any more. */
export function crashingAt(step: number): {
	replaced: Pick<NotifyEnv, "DB" | "VIDEOS" | "MP3S">;
	hasCrashed: () => boolean;
} {
	let steps = 0;
	const dying = <Binding extends object>(binding: Binding): Binding =>
		new Proxy(binding, {
			get(target, name) {
				const member = Reflect.get(target, name, target);
				if (typeof member !== "function") return member;
				return (...given: unknown[]) => {
					steps += 1;
					if (steps >= step) throw new Error("the Worker has died");
					return Reflect.apply(member, target, given);
				};
			},
		});
	const { DB, VIDEOS, MP3S } = bindings;
	return {
		replaced: { DB: dying(DB), VIDEOS: dying(VIDEOS), MP3S: dying(MP3S) },
		hasCrashed: () => steps >= step,
	};
}
