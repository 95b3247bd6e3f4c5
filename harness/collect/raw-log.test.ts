import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Damage, type LogFile, openRawLog, replayRawLog } from "./raw-log.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "raw-log-"));
});
afterEach(() => rm(folder, { recursive: true }));

const bodies = ["alpha", "", "PLr1 is how a record begins", "x".repeat(3000), "omega"].map((text) => Buffer.from(text));

async function writeLog(path: string): Promise<Buffer> {
  const log = await openRawLog(path);
  await Promise.all(bodies.map((body) => log.append(body)));
  await log.close();
  return readFile(path);
}

async function replay(path: string): Promise<{ texts: string[]; damage: Damage }> {
  const damage = { records: 0, bytes: 0 };
  const texts: string[] = [];
  for await (const body of replayRawLog(path, damage)) texts.push(body.toString());
  return { texts, damage };
}

describe("the raw log", () => {
  it("gives back what was appended, in order", async () => {
    const path = join(folder, "metrics.otlp");
    await writeLog(path);
    expect(await replay(path)).toEqual({ texts: bodies.map(String), damage: { records: 0, bytes: 0 } });
  });

  it("goes on behind what it holds when it is opened again", async () => {
    const path = join(folder, "metrics.otlp");
    await writeLog(path);
    await writeLog(path);
    expect((await replay(path)).texts).toEqual([...bodies, ...bodies].map(String));
  });

  it("gives every whole record of a file that was cut at any byte", async () => {
    const path = join(folder, "metrics.otlp");
    const whole = await writeLog(path);
    let end = 0;
    const ends = bodies.map((body) => {
      end += 12 + body.length;
      return end;
    });
    for (let length = 0; length <= whole.length; length += length > 80 && length < whole.length - 80 ? 97 : 1) {
      await writeFile(path, whole.subarray(0, length));
      const intact = ends.filter((end) => end <= length);
      const { texts, damage } = await replay(path);
      expect(texts).toEqual(bodies.slice(0, intact.length).map(String));
      expect(damage.bytes).toBe(length - (intact.at(-1) ?? 0));
      expect(damage.records).toBe(damage.bytes === 0 ? 0 : 1);
    }
  });

  it("loses only the record in which a bit has flipped, wherever that is", async () => {
    const path = join(folder, "metrics.otlp");
    const whole = await writeLog(path);
    const lengths = bodies.map((body) => 12 + body.length);
    for (let position = 0; position < whole.length; position += position > 90 && position < 3000 ? 113 : 1) {
      const flipped = Buffer.from(whole);
      flipped.writeUInt8((whole[position] ?? 0) ^ 4, position);
      await writeFile(path, flipped);
      let start = 0;
      const hit = lengths.findIndex((length) => {
        start += length;
        return position < start;
      });
      const { texts, damage } = await replay(path);
      expect(texts).toEqual(bodies.filter((_, index) => index !== hit).map(String));
      expect(damage).toEqual({ records: 1, bytes: lengths[hit] });
    }
  });

  it("keeps what is appended after a damaged end", async () => {
    const path = join(folder, "metrics.otlp");
    const whole = await writeLog(path);
    await writeFile(path, whole.subarray(0, whole.length - 2));
    await writeLog(path);
    const { texts, damage } = await replay(path);
    expect(texts).toEqual([...bodies.slice(0, -1), ...bodies].map(String));
    expect(damage.records).toBe(1);
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
    const path = join(folder, "metrics.otlp");
    const log = await openRawLog(path, async () => memory.file);
    await expect(log.append(Buffer.from("first"))).rejects.toThrow("no space left");
    isFull = false;
    await log.append(Buffer.from("first"));
    await log.append(Buffer.from("second"));
    await log.close();
    await writeFile(path, memory.content());
    expect(await replay(path)).toEqual({ texts: ["first", "second"], damage: { records: 0, bytes: 0 } });
  });

  it("does not call kept what could not be synced, and writes over it", async () => {
    let isBroken = true;
    const memory = memoryFile({
      onSync: () => {
        if (isBroken) throw new Error("EIO: i/o error");
      },
    });
    const path = join(folder, "metrics.otlp");
    const log = await openRawLog(path, async () => memory.file);
    await expect(log.append(Buffer.from("first"))).rejects.toThrow("EIO");
    isBroken = false;
    await log.append(Buffer.from("again"));
    await writeFile(path, memory.content());
    expect(await replay(path)).toEqual({ texts: ["again"], damage: { records: 0, bytes: 0 } });
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
