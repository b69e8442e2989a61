import type { TestProject } from "vitest/node";
import { refusal, startServer } from "../smtp/test/servers.ts";

declare module "vitest" {
	interface ProvidedContext {
		smtpUrl: string;
	}
}

/**
 * An SMTP server, which takes mail for everybody but those whose address begins with `nobody`; for the
 * others at the second try.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const seen = new Set<string>();
	const server = await startServer({
		disabledCommands: ["AUTH", "STARTTLS"],
		onRcptTo({ address }, _session, done) {
			if (address.startsWith("nobody")) done(refusal(550, "5.1.1 no such user"));
			else if (seen.has(address)) done();
			else {
				seen.add(address);
				done(refusal(451, `4.7.1 <${address}> is greylisted`));
			}
		},
	});
	project.provide("smtpUrl", `smtp://localhost:${server.port}?tls=none`);
	return server.close;
}
