import { applyD1Migrations, type D1Migration, env } from "cloudflare:test";

await applyD1Migrations(env.DB, (env as { MIGRATIONS?: D1Migration[] }).MIGRATIONS ?? []);
