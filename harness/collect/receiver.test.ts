import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeExport, type MetricsExport } from "./otlp.ts";
import { type LogFile, openLogFile } from "./raw-log.ts";
import { replayRawLog } from "./raw-log-records.ts";
import { openReceiver, type Receiver, type ReceiverOptions } from "./receiver.ts";
import { createTally } from "./tally.ts";

const payload = readFileSync(new URL("../../test/fixtures/k6-2.2.0/cumulative/c1.bin", import.meta.url));
let folder: string;
let receiver: Receiver | undefined;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "receiver-"));
});
afterEach(async () => {
  agent.destroy();
  await receiver?.close();
  receiver = undefined;
  await rm(folder, { recursive: true });
});

async function open(options: Partial<ReceiverOptions> = {}): Promise<Receiver> {
  receiver = await openReceiver({ directory: folder, secret: "s3cret", ...options });
  return receiver;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly port: number | undefined;
}

function post(
  to: Receiver,
  body: Uint8Array,
  headers: Record<string, string> = {},
  path = to.path,
  through = agent,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(`http://${to.address}${path}`, { method: "POST", headers, agent: through }, (response) => {
      response.resume();
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers["retry-after"],
          port: response.socket?.localPort,
        }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

async function stored(): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const body of replayRawLog(join(folder, "metrics.otlp"))) found.push(body);
  return found;
}

/** A disk that fails as long as `fails()` says so. */
function failing(fails: () => boolean): () => Promise<LogFile> {
  const file: LogFile = {
    read: async () => 0,
    write: async () => {
      if (fails()) throw new Error("ENOSPC: no space left on device, write");
    },
    sync: async () => undefined,
    truncate: async () => undefined,
    size: async () => 0,
    close: async () => undefined,
  };
  return async () => file;
}

describe("the receiver", () => {
  it("has an export on the disk when it answers 200, byte for byte", async () => {
    const at = await open();
    expect((await post(at, payload)).status).toBe(200);
    expect(await stored()).toEqual([payload]);
    expect(at.counts()).toMatchObject({ kept: 1, refused: 0, undecodable: 0 });
  });

  it("unpacks gzip, so that the log holds what was meant", async () => {
    expect((await post(await open(), gzipSync(payload), { "content-encoding": "gzip" })).status).toBe(200);
    expect(await stored()).toEqual([payload]);
  });

  it("hands each export on, decoded, and does not care what becomes of it", async () => {
    const seen: MetricsExport[] = [];
    const at = await open({
      onExport: (received) => {
        seen.push(received);
        throw new Error("the display is broken");
      },
    });
    expect((await post(at, payload)).status).toBe(200);
    expect(seen[0]?.points.length).toBeGreaterThan(50);
  });

  it("keeps and acknowledges what it cannot decode, and counts it", async () => {
    const at = await open({ onExport: () => undefined });
    expect((await post(at, Buffer.from([0xff, 0xff, 0xff]))).status).toBe(200);
    expect(at.counts()).toMatchObject({ kept: 1, undecodable: 1 });
  });

  it("answers 503 with Retry-After while the disk is full, on the same connection, and 200 when it is not", async () => {
    let isFull = true;
    const at = await open({ openFile: failing(() => isFull) });
    const refused = await post(at, payload);
    isFull = false;
    const kept = await post(at, payload);
    expect(refused).toMatchObject({ status: 503, retryAfter: "1" });
    expect(kept).toMatchObject({ status: 200, port: refused.port });
    expect(at.counts()).toMatchObject({ kept: 1, refused: 1, lastTrouble: expect.stringContaining("ENOSPC") });
  });

  it("refuses what it cannot hold in memory with 429, and reads it to the end, so that the connection lives on", async () => {
    const at = await open({ mostHeldBytes: 100_000 });
    const large = await post(at, Buffer.alloc(3_000_000));
    const small = await post(at, payload);
    expect(large).toMatchObject({ status: 429, retryAfter: "1" });
    expect(small).toMatchObject({ status: 200, port: large.port });
    expect(await stored()).toEqual([payload]);
  });

  it("refuses a damaged gzip stream instead of storing it", async () => {
    const cut = gzipSync(payload).subarray(0, 500);
    expect((await post(await open(), cut, { "content-encoding": "gzip" })).status).toBe(400);
    expect(await stored()).toEqual([]);
  });

  it("does not unpack a bomb: neither beyond what an export can be, nor beyond what it may hold", async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const at = await open();
    const before = process.memoryUsage.rss();
    const answers = await Promise.all([0, 1, 2].map(() => post(at, bomb, { "content-encoding": "gzip" })));
    expect(answers.map(({ status }) => status)).toEqual([413, 413, 413]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000);
    expect((await post(at, payload)).status).toBe(200);
    await at.close();
    const small = await open({ mostHeldBytes: 1_000_000 });
    const refused = await post(small, gzipSync(Buffer.alloc(5_000_000)), { "content-encoding": "gzip" });
    expect(refused).toMatchObject({ status: 429, retryAfter: "1" });
    expect((await post(small, gzipSync(payload), { "content-encoding": "gzip" })).status).toBe(200);
    expect(await stored()).toEqual([payload, payload]);
  });

  it("holds no more than it may of many senders at once, and acknowledges just what is on the disk", async () => {
    const disk = Promise.withResolvers<void>();
    const at = await open({
      mostHeldBytes: 1_000_000,
      openFile: async (path) => {
        const file = await openLogFile(path);
        return { ...file, write: (chunks, position) => disk.promise.then(() => file.write(chunks, position)) };
      },
    });
    const many = new Agent({ maxSockets: 200 });
    const bodies = Array.from({ length: 200 }, (_, index) => Buffer.alloc(50_000, `${index} `));
    const sent = bodies.map(async (body) => ({ body, ...(await post(at, body, {}, at.path, many)) }));
    // The limit is that of 20 bodies, and nothing reaches the disk yet.
    await expect.poll(() => at.counts().refused, { timeout: 10_000 }).toBeGreaterThanOrEqual(100);
    disk.resolve();
    const answers = await Promise.all(sent);
    many.destroy();
    const acknowledged = answers.filter(({ status }) => status === 200).map(({ body }) => body.toString());
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== 200).map(({ status }) => status)).toEqual(
      Array.from({ length: at.counts().refused }, () => 429),
    );
    expect((await stored()).map(String).sort()).toEqual(acknowledged.sort());
    // What was held is free again.
    expect((await post(at, Buffer.alloc(900_000))).status).toBe(200);
  });

  it("keeps an export that comes again, and it changes no figure", async () => {
    const at = await open();
    for (const body of [payload, payload, gzipSync(payload)]) {
      await post(at, body, body === payload ? {} : { "content-encoding": "gzip" });
    }
    const one = createTally();
    one.add(decodeExport(payload));
    const thrice = createTally();
    await thrice.replay(at.logFile);
    expect((await stored()).length).toBe(3);
    expect(thrice.totals()).toEqual(one.totals());
    expect(thrice.totals().get("http_reqs")).toBeGreaterThan(10);
  });

  it("is a PL_PORT_TAKEN error on a port that another program has", async () => {
    const port = Number((await open()).address.split(":")[1]);
    const another = openReceiver({ directory: join(folder, "another"), secret: "s3cret", port });
    await expect(another).rejects.toMatchObject({ code: "PL_PORT_TAKEN" });
  });

  it("knows no other run's secret and no other path", async () => {
    const at = await open();
    expect((await post(at, payload, {}, "/0ther/v1/metrics")).status).toBe(404);
    expect((await post(at, payload, {}, "/v1/metrics")).status).toBe(404);
    expect((await post(at, payload, { "content-encoding": "br" })).status).toBe(415);
    expect(await stored()).toEqual([]);
    expect(at.counts().foreign).toBe(3);
  });

  it("keeps the export of a client that has gone", async () => {
    const at = await open();
    const [host, port] = at.address.split(":");
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), host, () => {
        socket.write(`POST ${at.path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${payload.length}\r\n\r\n`);
        socket.end(payload, () => {
          socket.destroy();
          resolve();
        });
      });
    });
    await expect.poll(() => at.counts().kept).toBe(1);
    expect(await stored()).toEqual([payload]);
  });

  it("counts a client that leaves in the middle, and stores nothing of it", async () => {
    const at = await open();
    const [host, port] = at.address.split(":");
    const socket = connect(Number(port), host, () => {
      socket.write(`POST ${at.path} HTTP/1.1\r\nhost: x\r\ncontent-length: 9999\r\n\r\nhalf of i`);
      setTimeout(() => socket.destroy(), 20);
    });
    await expect.poll(() => at.counts().broken).toBe(1);
    await at.close();
    expect(await stored()).toEqual([]);
  });

  it("waits on close for what is under way", async () => {
    const at = await open();
    const answers = Promise.all(Array.from({ length: 20 }, () => post(at, payload).catch(() => undefined)));
    await expect.poll(() => at.counts().kept).toBeGreaterThan(0);
    await at.close();
    const acknowledged = (await answers).filter((answer) => answer?.status === 200).length;
    expect((await stored()).length).toBeGreaterThanOrEqual(acknowledged);
  });

  it("is a PL_RUN_DIRECTORY error in a folder that cannot be written to", async () => {
    await expect(openReceiver({ directory: "/proc/nowhere", secret: "x" })).rejects.toMatchObject({
      code: "PL_RUN_DIRECTORY",
    });
  });
});
