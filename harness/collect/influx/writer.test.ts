import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WriteAnswer } from "./write-answer.ts";
import { createWriter, type Line, WritingStopped } from "./writer.ts";

const lines = (texts: readonly string[]): Line<string>[] => texts.map((text) => ({ text, item: text }));

/** How the three lines of InfluxDB treat a batch with a bad line in it. */
const KEEPS = {
  "the good lines": (batch: readonly string[], isBad: (line: string) => boolean) =>
    batch.filter((line) => !isBad(line)),
  nothing: () => [],
  "the lines before the bad one": (batch: readonly string[], isBad: (line: string) => boolean) =>
    batch.slice(0, batch.findIndex(isBad)),
};

interface Trial {
  readonly stored: Set<string>;
  readonly rejected: string[];
  readonly waits: number[];
  readonly sizes: number[];
}

/** Writes to a database that follows the given rules and is away on the given attempts. */
async function write(
  texts: readonly string[],
  rules: {
    readonly isBad?: (line: string) => boolean;
    readonly keeps?: keyof typeof KEEPS;
    readonly away?: readonly WriteAnswer[];
    readonly mostBytes?: number;
    readonly limits?: { readonly mostLines?: number; readonly mostBytes?: number };
  },
): Promise<Trial> {
  const { isBad = () => false, keeps = "the good lines", mostBytes = Number.POSITIVE_INFINITY } = rules;
  const away = [...(rules.away ?? [])];
  const trial: Trial = { stored: new Set(), rejected: [], waits: [], sizes: [] };
  const writer = createWriter<string>({
    client: {
      async write(batch) {
        const later = away.shift();
        if (later !== undefined) return later;
        trial.sizes.push(batch.length);
        if (batch.join("\n").length > mostBytes) return { kind: "too large", why: "413" };
        const hasBad = batch.some(isBad);
        for (const line of hasBad ? KEEPS[keeps](batch, isBad) : batch) trial.stored.add(line);
        return hasBad ? { kind: "bad lines", why: "400: partial write" } : { kind: "written" };
      },
    },
    signal: new AbortController().signal,
    onRejected: (line) => trial.rejected.push(line.item),
    wait: async (ms) => {
      trial.waits.push(ms);
    },
    random: () => 1,
    ...rules.limits,
  });
  await writer(lines(texts));
  return trial;
}

describe("the writer", () => {
  it("writes every good line and rejects exactly the bad ones, whatever a server keeps of a mixed batch", async () => {
    const texts = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 60 });
    const keeps = fc.constantFrom(...(Object.keys(KEEPS) as (keyof typeof KEEPS)[]));
    await fc.assert(
      fc.asyncProperty(texts, keeps, fc.integer({ min: 1, max: 7 }), async (all, kept, oneIn) => {
        const isBad = (line: string) => line.charCodeAt(0) % oneIn === 0;
        const { stored, rejected } = await write(all, { isBad, keeps: kept, limits: { mostLines: 16 } });
        expect([...stored].sort()).toEqual(all.filter((line) => !isBad(line)).sort());
        expect(rejected.sort()).toEqual(all.filter(isBad).sort());
      }),
      { seed: 5 },
    );
  });

  it("finds one bad line among 5,000 with a few dozen requests", async () => {
    const all = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
    const trial = await write(all, { isBad: (line) => line === "line 3141", keeps: "nothing" });
    expect(trial.rejected).toEqual(["line 3141"]);
    expect(trial.stored.size).toBe(4999);
    expect(trial.sizes.length).toBeLessThan(30);
  });

  it("bounds a batch in lines and bytes, and halves one that the server calls too large", async () => {
    const all = Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(10));
    expect((await write(all, { limits: { mostLines: 30 } })).sizes).toEqual([30, 30, 30, 10]);
    expect((await write(all, { limits: { mostBytes: 111 } })).sizes).toEqual(Array(10).fill(10));
    const halved = await write([...all, "x".repeat(2000)], { mostBytes: 500 });
    expect(halved.stored.size).toBe(100);
    expect(halved.rejected).toEqual(["x".repeat(2000)]);
  });

  it("tries again what passes, later each time and never before the server asked", async () => {
    const later: WriteAnswer = { kind: "later", why: "503" };
    const away = [later, later, { ...later, afterMs: 7000 }, ...Array<WriteAnswer>(7).fill(later)];
    const { waits, stored } = await write(["a"], { away });
    expect(stored.size).toBe(1);
    expect(waits).toEqual([250, 500, 7500, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000]);
  });

  it("stops at once where somebody has to mend something, and says what", async () => {
    const writer = createWriter<string>({
      client: { write: async () => ({ kind: "refused", why: "401: the token is wrong" }) },
      signal: new AbortController().signal,
      onRejected: () => expect.unreachable("no line is to blame"),
    });
    await expect(writer(lines(["a", "b"]))).rejects.toThrow("401: the token is wrong");
  });

  it("gives up when it is told to, in the middle of a wait, with the last reason", async () => {
    const end = new AbortController();
    const writer = createWriter<string>({
      client: {
        async write() {
          setImmediate(() => end.abort());
          return { kind: "later", why: "connection refused", afterMs: 60_000 };
        },
      },
      signal: end.signal,
      onRejected: () => expect.unreachable("no line is to blame"),
    });
    const stopped: unknown = await writer(lines(["a"])).catch((error: unknown) => error);
    expect(stopped).toBeInstanceOf(WritingStopped);
    expect(stopped).toMatchObject({ message: "connection refused", refused: false });
  });

  it("tells of an outage that lasts, once, and of its end, but not of a hiccup", async () => {
    const later: WriteAnswer = { kind: "later", why: "503" };
    const said: (string | undefined)[] = [];
    const answers: WriteAnswer[] = [later, later, { kind: "written" }, later, later, later, later];
    const writer = createWriter<string>({
      client: { write: async () => answers.shift() ?? { kind: "written" } },
      signal: new AbortController().signal,
      onRejected: () => expect.unreachable("no line is to blame"),
      onAway: (why) => said.push(why),
      wait: async () => undefined,
    });
    await writer(lines(["a"]));
    expect(said).toEqual([]);
    await writer(lines(["b"]));
    expect(said).toEqual(["503", undefined]);
  });
});
