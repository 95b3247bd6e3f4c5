import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type LogFile, openLogFile, openRawLog, type RawLog } from "./raw-log.ts";
import { HEADER_BYTES, noDamage, replayRawLog } from "./raw-log-records.ts";

/** What may happen to a log, in any order. */
type Step =
  | { readonly kind: "write"; readonly sizes: readonly number[] }
  /** The disk takes so much of the bytes, says no, and may even refuse to be cut back. */
  | { readonly kind: "full"; readonly size: number; readonly taken: number; readonly stuck: boolean }
  /** Power is lost in the middle of a write: so much of it is on the disk. */
  | { readonly kind: "crash"; readonly size: number; readonly taken: number }
  | { readonly kind: "reopen" }
  /** A bit of an acknowledged record flips, at this share of the file. */
  | { readonly kind: "flip"; readonly at: number; readonly bit: number };

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const size = fc.nat(300);
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("write" as const),
        sizes: fc.array(size, { minLength: 1, maxLength: 4 }),
      }),
    },
    fc.record({ kind: fc.constant("full" as const), size, taken: share, stuck: fc.boolean() }),
    fc.record({ kind: fc.constant("crash" as const), size, taken: share }),
    fc.record({ kind: fc.constant("reopen" as const) }),
    fc.record({ kind: fc.constant("flip" as const), at: share, bit: fc.nat(7) }),
  ),
  { maxLength: 25 },
);

/**
 * The model: what was acknowledged is there, in order and once, unless a bit of it was flipped; nothing is there that
 * was never sent; and a log always opens.
 */
it("gives back what was acknowledged and not corrupted, whatever happens to it", { timeout: 170_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (happened) => {
      const folder = await mkdtemp(join(tmpdir(), "raw-log-model-"));
      try {
        await followModel(join(folder, "metrics.otlp"), happened);
      } finally {
        await rm(folder, { recursive: true });
      }
    }),
    { numRuns: 300 },
  );
});

async function followModel(path: string, happened: readonly Step[]): Promise<void> {
  const acknowledged: { text: string; from: number; to: number }[] = [];
  const sent = new Set<string>();
  let fault: { readonly taken: number; readonly stuck: boolean } | undefined;
  const bodyOf = (bytes: number) => {
    const text = `${sent.size}:`.padEnd(bytes, `PLr2${sent.size}`);
    sent.add(text);
    return text;
  };
  const openFile = async (): Promise<LogFile> => {
    const file = await openLogFile(path);
    return {
      ...file,
      write: async (chunks, position) => {
        if (fault === undefined) return file.write(chunks, position);
        const bytes = Buffer.concat(chunks);
        await file.write([bytes.subarray(0, Math.floor(bytes.length * fault.taken))], position);
        throw new Error("EIO: i/o error");
      },
      truncate: async (length) => {
        if (fault?.stuck === true) throw new Error("EIO: i/o error");
        await file.truncate(length);
      },
    };
  };
  let log: RawLog = await openRawLog(path, openFile);
  const append = async (text: string) => {
    await log.append(Buffer.from(text));
    const to = log.end();
    acknowledged.push({ text, from: to - HEADER_BYTES - Buffer.byteLength(text), to });
  };

  for (const step of happened) {
    if (step.kind === "write") {
      for (const bytes of step.sizes) await append(bodyOf(bytes));
    } else if (step.kind === "full") {
      fault = step;
      await expect(log.append(Buffer.from(bodyOf(step.size)))).rejects.toThrow("EIO");
      fault = undefined;
    } else if (step.kind === "crash") {
      fault = { taken: step.taken, stuck: true };
      await expect(log.append(Buffer.from(bodyOf(step.size)))).rejects.toThrow("EIO");
      fault = undefined;
      await log.close();
      log = await openRawLog(path, openFile);
    } else if (step.kind === "reopen") {
      await log.close();
      log = await openRawLog(path, openFile);
    } else {
      const content = await readFile(path);
      const at = Math.floor(step.at * content.length);
      const hit = acknowledged.findIndex(({ from, to }) => at >= from && at < to);
      if (hit === -1) continue;
      content.writeUInt8((content[at] ?? 0) ^ (1 << step.bit), at);
      await writeFile(path, content);
      acknowledged.splice(hit, 1);
    }
  }
  await append(bodyOf(9));
  await log.close();
  const found: string[] = [];
  for await (const body of replayRawLog(path, noDamage())) found.push(body.toString());
  expect(found.filter((text) => !sent.has(text))).toEqual([]);
  expect(found.filter((text) => acknowledged.some((one) => one.text === text))).toEqual(
    acknowledged.map((one) => one.text),
  );
  expect(new Set(found).size).toBe(found.length);
}
