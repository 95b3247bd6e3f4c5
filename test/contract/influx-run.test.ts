import { describe, expect, it } from "vitest";
import { INFLUX_LINES, startInfluxd } from "../influx/server.ts";
import { runShop } from "../influx/streamed-run.ts";

const EVERY_METRIC = [
  ...["answer_size", "checks", "group_duration", "http_req_blocked", "http_req_connecting", "http_req_duration"],
  ...["http_req_failed", "http_req_receiving", "http_req_sending", "http_req_tls_handshaking", "http_req_waiting"],
  ...["http_reqs", "iteration_duration", "iterations", "odd_answers"],
];

describe.each(INFLUX_LINES)("a clean run that streams to InfluxDB %s", (line) => {
  it.each([
    ["0.2 s, counted", { iterations: 20, vus: 2 }, 0.02],
    ["1 s", { duration: "1s", vus: 5 }, 0.01],
    ["60 s", { duration: "60s", vus: 4 }, 0.2],
  ])("of %s has every sample of every metric in the database", async (_, load, pause) => {
    await using server = await startInfluxd(line);
    await runShop(server.env, { load, pause }, async ({ stream, scenario, ended }) => {
      expect(stream.trouble, ended.stderr).toBeUndefined();
      expect(stream.database).toBe(`InfluxDB ${line === "1.8" ? "1.8.10" : "2.7.12"}`);
      expect(stream.lines.map(({ metric }) => metric)).toEqual(expect.arrayContaining(EVERY_METRIC));
      const differences = stream.lines.filter(({ sent, written }) => sent !== written);
      expect(differences).toEqual([]);
      expect(stream.lines.every(({ rejected, pending }) => rejected === 0 && pending === 0)).toBe(true);
      expect(stream.lines.find(({ metric }) => metric === "http_reqs")?.sent).toBeGreaterThan(39);
      expect(scenario.books.lines).toHaveLength(stream.lines.length);
    });
  });
});
