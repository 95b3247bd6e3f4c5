import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { ProofloadError } from "../errors.ts";

export const LOOPBACK = "127.0.0.1";

// Below the range that systems give to outgoing connections (32768 and up on Linux, 49152 on macOS): with thousands of
// connections of the load generator, one of them would sooner or later sit on the port of a service that is restarted.
const LOWEST = 20_000;
const HIGHEST = 32_000;

/** Given out by this process, which may not listen on them yet: two environments can be opened side by side. */
const given = new Set<number>();

/** Different loopback ports that nobody listens on at this moment, and that were not given out before. */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries > 1000) throw new ProofloadError("PL_START_FAILED", `no free port between ${LOWEST} and ${HIGHEST}`);
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port) || !(await isFree(port)) || given.has(port)) continue;
    given.add(port);
    found.add(port);
  }
  return [...found];
}

/** @throws ProofloadError PL_PORT_TAKEN, naming who holds the port where that can be found out. */
export async function requireFreePort(port: number, what: string): Promise<void> {
  if (await isFree(port)) return;
  const holder = await portHolder(port);
  const by = holder === undefined ? "by another program" : `by process ${holder.pid} (${holder.command})`;
  throw new ProofloadError("PL_PORT_TAKEN", `port ${port}, wanted for ${what}, is held ${by}`);
}

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** Who listens on a local TCP port; undefined when nobody does or when this user may not see it. */
export async function portHolder(port: number): Promise<PortHolder | undefined> {
  return process.platform === "linux" ? holderFromProc(port) : holderFromLsof(port);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: LOOPBACK, exclusive: true });
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

const LISTEN_STATE = "0A";

function holderFromProc(port: number): PortHolder | undefined {
  const sockets = new Set<string>();
  const hexPort = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const row of textOf(table).split("\n")) {
      const fields = row.trim().split(/\s+/);
      if (fields[1]?.endsWith(hexPort) && fields[3] === LISTEN_STATE) sockets.add(`socket:[${fields[9]}]`);
    }
  }
  if (sockets.size === 0) return undefined;
  for (const pid of namesIn("/proc").filter((name) => /^\d+$/.test(name))) {
    if (namesIn(`/proc/${pid}/fd`).some((fd) => sockets.has(linkOf(`/proc/${pid}/fd/${fd}`)))) {
      return { pid: Number(pid), command: textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() };
    }
  }
  return undefined;
}

async function holderFromLsof(port: number): Promise<PortHolder | undefined> {
  try {
    const { stdout } = await promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
    const pid = /^p(\d+)$/m.exec(stdout)?.[1];
    const command = /^c(.+)$/m.exec(stdout)?.[1];
    return pid === undefined ? undefined : { pid: Number(pid), command: command ?? "?" };
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
