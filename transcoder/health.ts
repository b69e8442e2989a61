import { workDirectoryFrom } from "./config.ts";
import { isHealthy } from "./is-healthy.ts";
import { shortestSilenceMs } from "./work-directory.ts";

/** `node transcoder/health.ts`: exits 0 while the loop turns, for who can run a command beside it. */

process.exitCode = isHealthy(await shortestSilenceMs(workDirectoryFrom(process.env))) ? 0 : 1;
