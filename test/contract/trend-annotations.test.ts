import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openLedger } from "../../harness/ledger/ledger.ts";
import { idOfNight, writeNight } from "../../harness/ledger/sample-history.ts";
import { seriesOf } from "../../harness/ledger/series.ts";
import { streamTrend } from "../../harness/stream-trend.ts";
import { trendOf } from "../../harness/verdict/trend.ts";
import { influxql } from "../influx/ask.ts";
import { startInfluxd } from "../influx/server.ts";

it("sends change points and deployments to a real database, and twice is once", async () => {
  const root = await mkdtemp(join(tmpdir(), "proofload-trend-"));
  await using server = await startInfluxd("1.8");
  try {
    for (let night = 0; night < 20; night += 1) {
      await writeNight(root, { night, factor: (night < 10 ? 1 : 1.3) + (night % 3) / 100, endpoint: "auth.login" });
    }
    using ledger = await openLedger(root);
    const trend = trendOf(seriesOf(ledger, { last: 100 }), []);
    const notes: string[] = [];
    const out = {
      write: () => undefined,
      note: (text: string) => void notes.push(text),
      live: false,
      colour: false,
      columns: 80,
    };
    const host = { env: server.env, cwd: root, out, interrupted: new AbortController().signal };
    await streamTrend(host, root, trend);
    await streamTrend(host, root, trend);
    expect(notes.filter((note) => note.includes("annotations sent"))).toHaveLength(2);
    const rows = await influxql(server, 'SELECT "title", "kind", "run" FROM "annotations"');
    const changes = rows.filter(({ kind }) => kind === "change_point");
    expect(changes).toMatchObject([
      { run: idOfNight(10), title: expect.stringMatching(/^auth\.login .* worse.* more$/) },
    ]);
    expect(changes[0]?.["time"]).toBe(Date.UTC(2026, 0, 11, 3, 15));
    // Nineteen commits came after the first, and two targets of the sample saw each of them.
    expect(rows.filter(({ kind }) => kind === "deployment")).toHaveLength(2 * 19);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
