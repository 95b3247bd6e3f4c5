import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openRawLog } from "../../harness/collect/raw-log.ts";
import { type Damage, noDamage, replayRawLog } from "../../harness/collect/raw-log-records.ts";

let disk: string;
beforeEach(async () => {
  disk = await mkdtemp(join(tmpdir(), "raw-log-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk]);
});
afterEach(async () => {
  execFileSync("umount", [disk]);
  await rm(disk, { recursive: true });
});

async function replay(path: string): Promise<{ texts: string[]; damage: Damage }> {
  const damage = noDamage();
  const texts: string[] = [];
  for await (const body of replayRawLog(path, damage)) texts.push(body.toString());
  return { texts, damage };
}

describe("the raw log on a real disk that fills up", () => {
  it("keeps what it acknowledged, and takes more as soon as there is room", async () => {
    const path = join(disk, "metrics.otlp");
    await writeFile(join(disk, "ballast"), Buffer.alloc(64 * 1024));
    const log = await openRawLog(path);
    const acknowledged: string[] = [];
    const refused = new Set<string | undefined>();
    const send = (text: string) =>
      log.append(Buffer.from(text)).then(
        () => acknowledged.push(text),
        (error: NodeJS.ErrnoException) => refused.add(error.code),
      );
    for (let n = 0; n < 40; n += 1) await send(`${n} ${"y".repeat(10_000)}`);
    expect(acknowledged.length).toBeGreaterThan(10);
    expect(refused).toEqual(new Set(["ENOSPC"]));
    await rm(join(disk, "ballast"));
    await send("room again");
    await log.close();
    expect(acknowledged.at(-1)).toBe("room again");
    expect(await replay(path)).toEqual({ texts: acknowledged, damage: { records: 0, bytes: 0, torn: 0 } });
  });

  it("opens with a torn end that finds no room elsewhere, and gives what is whole", async () => {
    const path = join(disk, "metrics.otlp");
    const log = await openRawLog(path);
    const texts = Array.from({ length: 20 }, (_, n) => `${n} ${"y".repeat(10_000)}`);
    for (const text of texts) await log.append(Buffer.from(text));
    await log.close();
    await writeFile(path, (await readFile(path)).subarray(0, -1));
    await expect(writeFile(join(disk, "ballast"), Buffer.alloc(256 * 1024))).rejects.toThrow("ENOSPC");
    const again = await openRawLog(path);
    expect(again.opened.records).toBe(19);
    expect(again.opened.tornFile).toBeUndefined();
    await rm(join(disk, "ballast"));
    await again.append(Buffer.from("next"));
    await again.close();
    const { texts: found, damage } = await replay(path);
    expect(found).toEqual([...texts.slice(0, -1), "next"]);
    expect(damage).toMatchObject({ records: 1, torn: 0 });
  });
});
