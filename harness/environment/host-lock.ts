import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { crc32 } from "node:zlib";
import { ProofloadError } from "../errors.ts";
import { LOOPBACK } from "./free-port.ts";

/** Who measures on this machine. */
export interface Holder {
  readonly pid: number;
  /** ISO 8601 */
  readonly since: string;
  /** "run quick" */
  readonly what: string;
}

export interface HostLock extends AsyncDisposable {
  /** Other runs that shared the machine with this one at any time until now: figures of all of them are labelled. */
  readonly sharedWith: readonly Holder[];
}

export interface HostLockOptions extends Holder {
  /** Measure beside others (`--share-host`): they learn of it too. */
  readonly share: boolean;
  /** For tests: a lock of another name. Default: one for the whole machine. */
  readonly name?: string;
}

// A listening socket is the one thing that the kernel takes away with its owner, by kill -9 too, and that is seen across
// users, checkouts and folders; a lock file is not. On Linux its name lies in the abstract namespace: no file, no port,
// and nobody listens there by accident, so that even a holder that has been stopped (SIGSTOP) and does not answer is
// known for what it is. Elsewhere it is a loopback port, and a holder must say that it is proofload to count as one.
// (A container with a network of its own has locks of its own.) Slot 0 belongs to the run that has the machine; the
// others to runs that share it.
const SLOTS = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const FIRST_PORT = 18_217;
const HOST_LOCK = "proofload-host";
/** Of the locks of folders, where ports must do. */
const FOLDER_PORTS = { first: 18_300, count: 700 } as const;
const ANSWER_WITHIN_MS = 1000;

/** @throws ProofloadError PL_BUSY naming the other run, unless `share` is set. */
export async function takeHostLock(options: HostLockOptions): Promise<HostLock> {
  const { share, name = HOST_LOCK } = options;
  const me: Holder = { pid: options.pid, since: options.since, what: options.what };
  const sharedWith: Holder[] = [];
  const others = (await Promise.all(SLOTS.map((slot) => meet(addressOf(name, slot), share ? me : undefined)))).filter(
    (one) => one !== undefined,
  );
  if (others[0] !== undefined && !share) throw busy(others[0]);
  sharedWith.push(...others);

  for (const slot of SLOTS) {
    const listening = await listen(addressOf(name, slot), me, (other) => sharedWith.push(other));
    if (listening !== undefined) return held(listening, sharedWith);
    // Somebody was quicker, or (not on Linux) another program has the port.
    if (share) continue;
    const other = await meet(addressOf(name, slot), undefined);
    if (other !== undefined) throw busy(other);
  }
  throw new ProofloadError("PL_BUSY", `${SLOTS.length} runs measure on this machine already`);
}

/**
 * A folder that only one process may work in; for as long as that lives. Throws PL_RUN_DIRECTORY naming the other.
 * `folder` is a real path, without symbolic links.
 */
export async function takeFolderLock(folder: string, me: Holder): Promise<AsyncDisposable> {
  const address = addressOf(`proofload-${createHash("sha256").update(folder).digest("hex").slice(0, 32)}`, 0);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const listening = await listen(address, me, () => {});
    if (listening !== undefined) return held(listening, []);
    const other = await meet(address, undefined);
    // Nobody there any more: it ended in between.
    if (other !== undefined) throw inUse(folder, other);
  }
  throw inUse(folder, { pid: 0, since: "", what: "" });
}

function inUse(folder: string, { pid, since, what }: Holder): ProofloadError {
  const who = pid === 0 ? "a process that does not answer" : `\`${what}\`, process ${pid}, since ${since}`;
  return new ProofloadError("PL_RUN_DIRECTORY", `${folder} is in use by ${who}`);
}

function busy(other: Holder): ProofloadError {
  return new ProofloadError(
    "PL_BUSY",
    other.pid === 0
      ? "another proofload run that does not answer (stopped?) measures on this machine"
      : `another proofload run measures on this machine: \`${other.what}\`, process ${other.pid}, since ${other.since}`,
  );
}

interface Listening {
  readonly server: Server;
  readonly guests: ReadonlySet<Socket>;
}

function held({ server, guests }: Listening, sharedWith: readonly Holder[]): HostLock {
  return {
    get sharedWith() {
      return [...sharedWith];
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      // Whoever is still asking would keep it from closing.
      for (const guest of guests) guest.destroy();
      server.ref();
      server.close();
      await once(server, "close");
    },
  };
}

/** Either a path in the abstract namespace or a port; given both, `listen` would take the port. */
type Address = { readonly path: string } | { readonly port: number; readonly host: string; readonly exclusive: true };

function addressOf(name: string, slot: number): Address {
  if (process.platform === "linux") return { path: `\0${name}-${slot}` };
  const port = name === HOST_LOCK ? FIRST_PORT : FOLDER_PORTS.first + (crc32(name) % FOLDER_PORTS.count);
  return { port: port + slot, host: LOOPBACK, exclusive: true };
}

/** Undefined when the address is taken. Whoever asks, by one line, is told who we are; the line of a sharer names it. */
async function listen(address: Address, me: Holder, onSharer: (other: Holder) => void): Promise<Listening | undefined> {
  const guests = new Set<Socket>();
  const server = createServer((socket) => {
    guests.add(socket);
    socket.once("close", () => guests.delete(socket));
    socket.on("error", () => {});
    socket.unref();
    createInterface({ input: socket }).once("line", (line) => {
      const sharer = parseHolder(line);
      if (sharer !== undefined) onSharer(sharer);
      // Answered only now: who has the answer knows that it has been noted.
      socket.end(`${JSON.stringify({ proofload: me })}\n`);
    });
  });
  try {
    server.listen(address);
    await once(server, "listening");
    server.unref();
    return { server, guests };
  } catch {
    return undefined;
  }
}

/** Who listens at this address; undefined when nobody does. A silent holder has the pid 0. */
async function meet(address: Address, me: Holder | undefined): Promise<Holder | undefined> {
  const socket = connect(address);
  try {
    await once(socket, "connect");
  } catch {
    return undefined;
  }
  // An empty line: only asking.
  socket.write(me === undefined ? "\n" : `${JSON.stringify({ proofload: me })}\n`);
  const answer = parseHolder(await firstLine(socket));
  socket.destroy();
  const silent = "path" in address ? { pid: 0, since: "", what: "" } : undefined;
  return answer ?? silent;
}

async function firstLine(socket: Socket): Promise<string> {
  const lines = createInterface({ input: socket });
  socket.on("error", () => lines.close());
  try {
    const [line] = await once(lines, "line", { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return String(line);
  } catch {
    return "";
  } finally {
    lines.close();
  }
}

function parseHolder(line: string): Holder | undefined {
  try {
    const { proofload }: { proofload?: Partial<Holder> } = JSON.parse(line);
    const { pid, since, what } = proofload ?? {};
    if (typeof pid !== "number" || typeof since !== "string" || typeof what !== "string") return undefined;
    return { pid, since, what };
  } catch {
    return undefined;
  }
}
