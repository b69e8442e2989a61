import { applyD1Migrations, type D1Migration, env, reset } from "cloudflare:test";

// Test files share one Worker: none finds what another has left.
await reset();
await applyD1Migrations(env.DB, (env as { MIGRATIONS?: D1Migration[] }).MIGRATIONS ?? []);
