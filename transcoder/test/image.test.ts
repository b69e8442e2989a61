import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { promisify } from "node:util";
import { test as base, describe, expect } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import seccomp from "../seccomp.json" with { type: "json" };

/**
 * What can be held to without building the image: docs/transcoder-image.md says how the rest was
 * checked.
 */

const ROOT = join(import.meta.dirname, "../..");
const dockerfile = await readFile(join(ROOT, "transcoder/Dockerfile"), "utf8");
const dockerignore = await readFile(join(ROOT, "transcoder/Dockerfile.dockerignore"), "utf8");

/** A directory with what the Dockerfile copies, and of the packages the production ones alone. */
const test = base.extend("app", async ({ task: _ }, { onCleanup }) => {
	const app = await mkdtemp(join(tmpdir(), "earshot-image-"));
	onCleanup(() => rm(app, { recursive: true }));
	const ignored = dockerignore.split("\n").filter((line) => /^[a-z]/.test(line));
	const filter = (path: string) => !ignored.includes(relative(ROOT, path));
	for (const [, sources = ""] of dockerfile.matchAll(/^COPY (?!--)(.+) \S+$/gm)) {
		for (const source of sources.split(" ")) {
			await cp(join(ROOT, source), join(app, source), { recursive: true, filter });
		}
	}
	for (const name of Object.keys(packageJson.dependencies)) {
		const path = join(app, "node_modules", name);
		await mkdir(dirname(path), { recursive: true });
		await symlink(join(ROOT, "node_modules", name), path);
	}
	return app;
});

/** Runs, there, the command that the Dockerfile has in this place. */
async function command(pattern: RegExp, app: string) {
	const [, list = "[]"] = pattern.exec(dockerfile) ?? [];
	const [node, ...args]: string[] = JSON.parse(list);
	expect(node).toBe("node");
	return promisify(execFile)(process.execPath, args, {
		cwd: app,
		env: { WORK_DIR: join(app, "none") },
	}).then(
		({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
		({ code, stdout, stderr }) => ({ code, stdout, stderr }),
	);
}

describe.concurrent("the image", () => {
	test("has all that the transcoder loads", async ({ app }) => {
		const { stdout, stderr } = await command(/^CMD (.+)$/m, app);
		expect(stderr).toBe("");
		expect(JSON.parse(stdout)).toMatchObject({ event: "configuration_invalid" });
	});

	test("has all that its health check loads", async ({ app }) => {
		const { code, stderr } = await command(/^HEALTHCHECK .* CMD (.+)$/m, app);
		expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
	});

	test("runs as a user without privileges, by number: Kubernetes wants to see that", () => {
		expect(dockerfile.match(/^USER .+$/gm)).toEqual(["USER 10001:10001"]);
	});
});

describe("LAME for newer processors", () => {
	const build = join(ROOT, "transcoder/image/build-lame.sh");

	test("is found by the loader, which has to be told after it has come", () => {
		const [copied, told] = ["COPY --from=programs /programs /\n", "\nRUN ldconfig "].map((line) =>
			dockerfile.indexOf(line),
		);
		expect(copied).toBeGreaterThan(0);
		expect(told).toBeGreaterThan(copied ?? expect.fail());
	});

	test("is not built for other machines, whose image stays without", async ({ app }) => {
		const dpkg = join(app, "dpkg");
		await writeFile(dpkg, "#!/bin/sh\necho arm64\n", { mode: 0o755 });
		const env = { PATH: `${app}:${process.env["PATH"]}` };
		const output = join(app, "output");
		await promisify(execFile)("sh", [build, output], { env });
		expect(await readdir(output)).toEqual([]);
	});
});

describe("the seccomp profile", () => {
	const allowed = new Set(seccomp.syscalls.flatMap(({ names }) => names));
	const rulesOf = (name: string) =>
		seccomp.syscalls.filter(({ names }) => names.includes(name)).map(({ args }) => args);

	test("refuses what it does not name, as a kernel that does not know it", () => {
		expect(seccomp).toMatchObject({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38 });
		for (const { action } of seccomp.syscalls) expect(action).toBe("SCMP_ACT_ALLOW");
	});

	test("holds for the machine's own calls, not for those of its 32-bit ancestor", () => {
		expect(seccomp).not.toHaveProperty("architectures");
		expect(seccomp).not.toHaveProperty("archMap");
	});

	test.for([
		...[
			"ptrace",
			"process_vm_readv",
			"process_vm_writev",
			"kcmp",
			"pidfd_getfd",
			"process_madvise",
		],
		...["mount", "umount2", "pivot_root", "chroot", "fsopen", "move_mount", "open_tree"],
		...["unshare", "setns", "clone3", "bpf", "perf_event_open", "userfaultfd", "seccomp"],
		...["io_uring_setup", "io_uring_enter", "io_uring_register", "memfd_create", "execveat"],
		...["keyctl", "add_key", "request_key", "kexec_load", "kexec_file_load", "init_module"],
		...["finit_module", "delete_module", "reboot", "swapon", "acct", "syslog", "iopl", "ioperm"],
		...["open_by_handle_at", "name_to_handle_at", "mknod", "mknodat", "personality", "modify_ldt"],
		...["setuid", "setgid", "setreuid", "setresuid", "setresgid", "setgroups", "setfsuid"],
		...["chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "setxattr"],
		...["clock_settime", "settimeofday", "adjtimex", "sethostname", "quotactl", "lookup_dcookie"],
	])("never allows %s", (name) => {
		expect(allowed).not.toContain(name);
	});

	test("allows clone without new namespaces", () => {
		const CLONE_NEW_ANY = 0x7e02_0000;
		expect(rulesOf("clone")).toEqual([
			[{ index: 0, value: CLONE_NEW_ANY, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
		]);
	});

	test("allows sockets of the families that are needed, and of no other", () => {
		const equals = (index: number, value: number) => ({ index, value, op: "SCMP_CMP_EQ" });
		const [UNIX, INET, INET6, NETLINK, NETLINK_ROUTE] = [1, 2, 10, 16, 0];
		expect(rulesOf("socket")).toEqual([
			[equals(0, UNIX)],
			[equals(0, INET)],
			[equals(0, INET6)],
			[equals(0, NETLINK), equals(2, NETLINK_ROUTE)],
		]);
		expect(rulesOf("socketpair")).toEqual([[equals(0, UNIX)]]);
	});

	test("never lets a process type into its terminal", () => {
		const TIOCSTI = 0x5412;
		const requests = rulesOf("ioctl").map((args) => args?.[0]);
		expect(requests.length).toBeGreaterThan(0);
		for (const request of requests) {
			expect(request).toMatchObject({ index: 1, op: "SCMP_CMP_EQ" });
			expect(request?.value).not.toBe(TIOCSTI);
		}
	});
});
