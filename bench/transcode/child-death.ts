import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** For those who wait for something that a dead process would never bring about: a rejection. */
export function childDeath(child: ChildProcess, name: string) {
	const exited = once(child, "exit");
	const died = exited.then((): never => {
		throw new Error(`${name} has ended`);
	});
	// Every process ends at last, and mostly nobody minds.
	died.catch(() => {});
	return { exited, died };
}
