import { workDirectoryFrom } from "./config.ts";
import { UNHEALTHY_AFTER_MS } from "./limits.ts";
import { shortestSilenceMs } from "./work-directory.ts";

/** `node transcoder/health.ts`: exits 0 while the loop turns. There is no port to ask. */

const silenceMs = await shortestSilenceMs(workDirectoryFrom(process.env));
process.exitCode = silenceMs < UNHEALTHY_AFTER_MS ? 0 : 1;
