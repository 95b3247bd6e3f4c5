import { createCipheriv } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LogFile, openRawLog } from "./raw-log.ts";
import { type Damage, HEADER_BYTES, noDamage, replayRawLog } from "./raw-log-records.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "raw-log-"));
  path = join(folder, "metrics.otlp");
});
afterEach(() => rm(folder, { recursive: true }));

const texts = ["alpha", "", "PLr2 is how a record begins", "x".repeat(3000), "omega"];
const sizes = texts.map((text) => HEADER_BYTES + text.length);
const total = sizes.reduce((sum, size) => sum + size, 0);
const none: Damage = { records: 0, bytes: 0, torn: 0 };

async function append(...bodies: readonly string[]) {
  const log = await openRawLog(path);
  await Promise.all(bodies.map((body) => log.append(Buffer.from(body))));
  await log.close();
  return log;
}

async function replay(): Promise<{ texts: string[]; damage: Damage }> {
  const damage = noDamage();
  const found: string[] = [];
  for await (const body of replayRawLog(path, damage)) found.push(body.toString());
  return { texts: found, damage };
}

describe("the raw log", () => {
  it("gives back what was appended, in order", async () => {
    const log = await append(...texts);
    expect(await replay()).toEqual({ texts, damage: none });
    expect(log.end()).toBe(total);
  });

  it("goes on behind what it holds when it is opened again, and tells how much that is", async () => {
    await append(...texts);
    const again = await append(...texts);
    expect(again.opened).toEqual({ records: texts.length, damage: none });
    expect(await replay()).toEqual({ texts: [...texts, ...texts], damage: none });
  });

  it("opens though it was cut at any byte, moves what was never acknowledged away, and goes on", async () => {
    await append(...texts);
    const whole = await readFile(path);
    const lastRecord = total - (sizes.at(-1) ?? 0);
    for (let length = lastRecord; length <= total; length += 1) {
      await writeFile(path, whole.subarray(0, length));
      const torn = length === total ? 0 : length - lastRecord;
      const kept = length === total ? texts : texts.slice(0, -1);
      expect(await replay()).toEqual({ texts: kept, damage: { ...none, torn } });
      const { opened } = await append("next");
      expect(opened).toMatchObject({ records: kept.length, damage: { ...none, torn } });
      if (torn > 0) expect(await readFile(opened.tornFile ?? "")).toEqual(whole.subarray(lastRecord, length));
      expect(await replay()).toEqual({ texts: [...kept, "next"], damage: none });
    }
    expect((await readdir(folder)).length).toBe(sizes.at(-1)); // one file for each torn end, and the log
  });

  it("loses only the record in which a bit has flipped, at any of 200 random places, and goes on", async () => {
    await append(...texts);
    const whole = await readFile(path);
    const places = fc.tuple(fc.nat(total - 1), fc.nat(7));
    for (const [at, bit] of fc.sample(places, { numRuns: 200, seed: 20261121 })) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8((whole[at] ?? 0) ^ (1 << bit), at);
      await writeFile(path, flipped);
      let end = 0;
      const hit = sizes.findIndex((size) => {
        end += size;
        return at < end;
      });
      const kept = texts.filter((_, index) => index !== hit);
      const damage = { records: 1, bytes: sizes[hit] ?? 0, torn: 0 };
      const { opened } = await append("next");
      expect(opened, `bit flipped at ${at}`).toEqual({ records: kept.length, damage });
      expect(await replay()).toEqual({ texts: [...kept, "next"], damage });
    }
  });

  it("opens an empty file, and a log of nothing but garbage, within a second", async () => {
    const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16), Buffer.alloc(16)).update(Buffer.alloc(300_000));
    // Headers without end, each of which claims 64 MiB.
    const liars = Buffer.concat(
      Array.from({ length: 20_000 }, () => Buffer.from("PLr2\x03\xff\xff\xff0123abcd", "latin1")),
    );
    for (const content of [Buffer.alloc(0), noise, liars, Buffer.alloc(100_000)]) {
      await writeFile(path, content);
      const opened = append("next").then((log) => log.opened);
      expect(await Promise.race([opened, sleep(10_000, "it hangs", { ref: false })])).toEqual({
        records: 0,
        damage: { records: content.length === 0 ? 0 : 1, bytes: content.length, torn: 0 },
      });
      expect((await replay()).texts).toEqual(["next"]);
    }
  });

  it("reads what was kept behind a torn end that could not be moved away", async () => {
    await append(...texts);
    const whole = await readFile(path);
    await append("next");
    const rest = (await readFile(path)).subarray(total);
    await writeFile(path, Buffer.concat([whole.subarray(0, -3), rest]));
    const damage = { records: 1, bytes: (sizes.at(-1) ?? 0) - 3, torn: 0 };
    expect(await replay()).toEqual({ texts: [...texts.slice(0, -1), "next"], damage });
  });

  it("syncs bodies that wait together in one go, and each before it says that it is kept", async () => {
    const events: string[] = [];
    const memory = memoryFile({ onSync: () => events.push("sync") });
    const log = await openRawLog(join(folder, "metrics.otlp"), async () => memory.file);
    const first = log.append(Buffer.from("1")).then(() => events.push("kept 1"));
    const rest = [2, 3, 4].map((n) => log.append(Buffer.from(`${n}`)).then(() => events.push(`kept ${n}`)));
    await Promise.all([first, ...rest]);
    expect(events).toEqual(["sync", "kept 1", "sync", "kept 2", "kept 3", "kept 4"]);
  });

  it("leaves nothing behind of what it could not write, and takes the same body again", async () => {
    let isFull = true;
    const memory = memoryFile({
      beforeWrite: (content) => {
        // Half of it arrives before the disk says that it is full.
        if (isFull) throw Object.assign(new Error("ENOSPC: no space left on device"), { half: content.length / 2 });
      },
    });
    const log = await openRawLog(path, async () => memory.file);
    await expect(log.append(Buffer.from("first"))).rejects.toThrow("no space left");
    isFull = false;
    await log.append(Buffer.from("first"));
    await log.append(Buffer.from("second"));
    await log.close();
    await writeFile(path, memory.content());
    expect(await replay()).toEqual({ texts: ["first", "second"], damage: none });
  });

  it("does not call kept what could not be synced, and writes over it", async () => {
    let isBroken = true;
    const memory = memoryFile({
      onSync: () => {
        if (isBroken) throw new Error("EIO: i/o error");
      },
    });
    const log = await openRawLog(path, async () => memory.file);
    await expect(log.append(Buffer.from("first"))).rejects.toThrow("EIO");
    isBroken = false;
    await log.append(Buffer.from("again"));
    await writeFile(path, memory.content());
    expect(await replay()).toEqual({ texts: ["again"], damage: none });
  });

  it("is a PL_RUN_DIRECTORY error when it cannot be opened", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(openRawLog(join(folder, "file", "metrics.otlp"))).rejects.toMatchObject({ code: "PL_RUN_DIRECTORY" });
  });
});

/** A disk in memory on which things can go wrong. */
function memoryFile(faults: { onSync?: () => void; beforeWrite?: (content: Buffer) => void }) {
  let content = Buffer.alloc(0);
  const put = (bytes: Buffer, position: number) => {
    const grown = Buffer.alloc(Math.max(content.length, position + bytes.length));
    content.copy(grown);
    bytes.copy(grown, position);
    content = grown;
  };
  const file: LogFile = {
    read: async (buffer, position) => content.copy(buffer, 0, position),
    async write(chunks, position) {
      const bytes = Buffer.concat(chunks);
      try {
        faults.beforeWrite?.(bytes);
      } catch (error) {
        put(bytes.subarray(0, bytes.length / 2), position);
        throw error;
      }
      put(bytes, position);
    },
    sync: async () => faults.onSync?.(),
    truncate: () => Promise.reject(new Error("EROFS: read-only file system")),
    size: async () => content.length,
    close: async () => undefined,
  };
  return { file, content: () => content };
}
