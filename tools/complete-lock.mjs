// `node tools/complete-lock.mjs`, after a change of dependencies: adds the entries of other platforms that npm leaves out
// of package-lock.json when the registry at hand does not have them. Without them `npm ci` calls the lock incomplete.
// They are optional and bound to their platform, so nothing is fetched for them elsewhere.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));
const OS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const CPU = {
  arm64: "arm64",
  x64: "x64",
  ia32: "ia32",
  ppc64: "ppc64",
  riscv64: "riscv64",
  s390x: "s390x",
  arm: "arm",
  armv7: "arm",
};

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const own = `node_modules/${name}`;
    const parts = name.split(/[/-]/);
    const os = parts.find((part) => OS.includes(part));
    const cpu = parts.find((part) => part in CPU);
    if (lock.packages[own] !== undefined || os === undefined || cpu === undefined || path === "") continue;
    const libc = parts.some((part) => part.startsWith("musl")) ? "musl" : parts.includes("gnu") ? "glibc" : undefined;
    lock.packages[own] = {
      version,
      cpu: [CPU[cpu]],
      dev: entry.dev,
      ...(libc === undefined ? {} : { libc: [libc] }),
      optional: true,
      os: [os],
    };
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
