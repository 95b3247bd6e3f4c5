import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { aggregateStore } from "../../harness/collect/aggregate.ts";
import { readRawLog } from "../../harness/collect/build-record.ts";
import type { K6Summary } from "../../harness/collect/k6-summary.ts";
import { type LogFile, openLogFile } from "../../harness/collect/raw-log.ts";
import { replayRawLog } from "../../harness/collect/raw-log-records.ts";
import { openReceiver } from "../../harness/collect/receiver.ts";
import { k6Script, type Responder, startK6, startResponder } from "./otlp-k6.ts";

let service: Responder;
let folder = "";
const children: ChildProcess[] = [];

beforeAll(async () => {
  service = await startResponder();
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "receiver-contract-"));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

const addressOf = (server: { address(): AddressInfo | string | null }) => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `127.0.0.1:${address.port}`;
};

/** Runs k6 as the harness does, sending to `host`. */
async function runK6(load: string, host: string, path: string): Promise<K6Summary> {
  const { child, summary } = await startK6(folder, {
    script: k6Script(load),
    baseUrl: service.url,
    otlp: { host, path },
  });
  children.push(child);
  return summary;
}

/** Metric by metric, where k6's summary and the raw log differ. */
async function differences(summary: K6Summary): Promise<unknown[]> {
  const { store, damaged } = await readRawLog(join(folder, "metrics.otlp"));
  const { totals } = aggregateStore(store, "proofload");
  expect(damaged).toBe(0);
  return [...summary.totals()]
    .map(([metric, count]) => ({ metric, k6: count, log: totals.get(metric) ?? 0 }))
    .filter((line) => line.k6 !== line.log);
}

/** A port that can be closed, and sends what comes to `target`. */
async function openGate() {
  const sockets = new Set<Socket>();
  let target = "";
  const server = createTcpServer((socket) => {
    const [host, port] = target.split(":");
    const onward = connect(Number(port), host);
    for (const one of [socket, onward]) {
      sockets.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => sockets.delete(one));
    }
    socket.pipe(onward).pipe(socket);
    socket.on("close", () => onward.destroy());
    onward.on("close", () => socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = addressOf(server);
  return {
    address,
    pointTo: (to: string) => {
      target = to;
    },
    async shut() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async reopen() {
      server.listen(Number(address.split(":")[1]), "127.0.0.1");
      await once(server, "listening");
    },
  };
}

async function startChild(...more: string[]): Promise<{ child: ChildProcess; address: string }> {
  const file = fileURLToPath(new URL("receiver-child.ts", import.meta.url));
  const child = spawn(process.execPath, [file, folder, "s3cret", ...more], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  const [line] = await once(child.stdout ?? child, "data");
  return { child, address: String(line).trim() };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const OPEN = 'executor: "constant-arrival-rate", rate: 200, preAllocatedVUs: 20';

describe("k6 and the receiver", () => {
  it.each([
    ["0.2 s", 'executor: "per-vu-iterations", vus: 4, iterations: 25'],
    ["1 s", `${OPEN}, duration: "1s"`],
    ["2.5 s", `${OPEN}, duration: "2500ms"`],
  ])("agree on every count of a run of %s", async (_, scenario) => {
    const receiver = await openReceiver({ directory: folder, secret: "s3cret" });
    const summary = await runK6(scenario, receiver.address, receiver.path);
    await receiver.close();
    expect(summary.counter("http_reqs")).toBeGreaterThanOrEqual(100);
    expect(await differences(summary)).toEqual([]);
    expect(receiver.counts()).toMatchObject({ refused: 0, broken: 0, foreign: 0 });
  });

  it("agree though the receiver's port was closed for a part of the run", async () => {
    const receiver = await openReceiver({ directory: folder, secret: "s3cret" });
    const gate = await openGate();
    gate.pointTo(receiver.address);
    const run = runK6(`${OPEN}, duration: "5s"`, gate.address, receiver.path);
    await pause(1700);
    const before = receiver.counts().kept;
    await gate.shut();
    await pause(1500);
    await gate.reopen();
    const summary = await run;
    await receiver.close();
    await gate.shut();
    expect(before).toBeGreaterThan(0);
    expect(receiver.counts().kept).toBeGreaterThan(before);
    expect(await differences(summary)).toEqual([]);
  });

  it("agree though the disk was full for a part of the run", async () => {
    const receiver = await openReceiver({ directory: folder, secret: "s3cret", openFile: fullBetween(1500, 3000) });
    const summary = await runK6(`${OPEN}, duration: "5s"`, receiver.address, receiver.path);
    await receiver.close();
    expect(receiver.counts().refused).toBeGreaterThan(0);
    expect(await differences(summary)).toEqual([]);
  });

  it("agree though the receiver was killed in the middle and another one took over its log", async () => {
    const gate = await openGate();
    const first = await startChild();
    gate.pointTo(first.address);
    const run = runK6(`${OPEN}, duration: "5s"`, gate.address, "/s3cret/v1/metrics");
    await pause(1700);
    first.child.kill("SIGKILL");
    await once(first.child, "exit");
    const second = await startChild();
    gate.pointTo(second.address);
    const summary = await run;
    await gate.shut();
    expect(await differences(summary)).toEqual([]);
  });
});

describe("a receiver that is killed", () => {
  it("has lost nothing that it had acknowledged, wherever the blow falls between write and answer", async () => {
    const acknowledged: string[] = [];
    for (const [round, blow] of ["1", "2", "7", "13", "after 40 ms", "after 90 ms"].entries()) {
      const { child, address } = await startChild(...(blow.startsWith("after") ? [] : [blow]));
      const exited = once(child, "exit");
      const senders = Array.from({ length: 4 }, (_, sender) => send(address, `${round}-${sender}`, acknowledged));
      if (blow.startsWith("after")) {
        await pause(Number(blow.split(" ")[1]));
        child.kill("SIGKILL");
      }
      await Promise.all(senders);
      const [, signal] = await exited;
      expect(signal).toBe("SIGKILL");
    }
    const stored = new Set<string>();
    for await (const body of replayRawLog(join(folder, "metrics.otlp"))) stored.add(body.toString());
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(acknowledged.filter((body) => !stored.has(body))).toEqual([]);
  });
});

/** Posts one body after the other until the receiver is gone, and notes those that it acknowledged. */
async function send(address: string, prefix: string, acknowledged: string[]): Promise<void> {
  for (let count = 0; ; count++) {
    const body = `${prefix}-${count}-${"x".repeat(2000)}`;
    const status = await new Promise<number>((resolve) => {
      const sent = request(`http://${address}/s3cret/v1/metrics`, { method: "POST" }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.on("error", () => resolve(0));
      sent.end(body);
    });
    if (status === 0) return;
    if (status === 200) acknowledged.push(body);
  }
}

/** A real file on a disk that is full from `from` to `to` milliseconds after it was opened. */
function fullBetween(from: number, to: number): (path: string) => Promise<LogFile> {
  return async (path) => {
    const file = await openLogFile(path);
    const start = performance.now();
    return {
      ...file,
      write: async (chunks, position) => {
        const at = performance.now() - start;
        if (at > from && at < to) throw new Error("ENOSPC: no space left on device, write");
        await file.write(chunks, position);
      },
    };
  };
}
