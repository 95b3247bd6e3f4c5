import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { keptFrom } from "./kept-from.ts";

test("where k6 was kept from is read from its log, and many places are few", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kept-from-"));
  const log = join(folder, "k6.log");
  const dial = (address: string) =>
    `level=warning msg="Request Failed" error="Get \\"http://x/\\": IP (${address}) is in a blacklisted range (10.0.0.0/8)"`;
  const own = `level=error msg="Error: proofload: not allowed: gRPC to dns://10.0.0.9/x; type host:port\\n\\tat f"`;
  const many = Array.from({ length: 40 }, (_, index) => dial(`192.0.2.${index}`));
  await writeFile(log, [dial("10.1.2.3"), "level=info msg=hello", dial("10.1.2.3"), own, ...many].join("\n"));
  const found = await keptFrom(log);
  expect(found.slice(0, 2)).toEqual([
    { where: "10.1.2.3", times: 2 },
    { where: "gRPC to dns://10.0.0.9/x", times: 1 },
  ]);
  expect(found).toHaveLength(21);
  expect(found.at(-1)).toEqual({ where: "other places", times: 22 });
  expect(await keptFrom(join(folder, "none"))).toEqual([]);
  await rm(folder, { recursive: true });
});
