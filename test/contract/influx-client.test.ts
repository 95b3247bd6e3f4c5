import { describe, expect, it } from "vitest";
import { createInfluxClient } from "../../harness/collect/influx/client.ts";
import { createWriter, type Line } from "../../harness/collect/influx/writer.ts";
import { INFLUX_LINES, startInfluxd } from "../influx/server.ts";

describe.each(INFLUX_LINES)("InfluxDB %s through the client", (line) => {
  it("takes batches with one bad line of 5,000, answers queries, deletes one run and leaves the other", async () => {
    await using server = await startInfluxd(line);
    const client = createInfluxClient(server);
    const forEver = new AbortController().signal;
    const count = async (run: string) => {
      const [row] = await client.query(`SELECT count("value") FROM "m" WHERE "run" = '${run}'`);
      return row?.values["count"] ?? 0;
    };

    expect(await client.ping()).toEqual({
      version: line === "1.8" ? "1.8.10" : "2.7.12",
      major: line === "1.8" ? 1 : 2,
    });
    expect(await client.query("SHOW MEASUREMENTS")).toEqual([]);
    expect(await client.write(["m,run=b value=1i 1000", "m,run=a value=1i 1000"])).toEqual({ kind: "written" });

    const rejected: string[] = [];
    const write = createWriter<number>({
      client,
      signal: forEver,
      onRejected: ({ item }, why) => rejected.push(`${item} ${why}`),
    });
    const lines = Array.from({ length: 5000 }, (_, index): Line<number> => {
      const value = index === 3141 ? "0.5" : `${index}i`;
      return { item: index, text: `m,run=a value=${value} ${2000 + index}` };
    });
    await write([...lines, { item: -1, text: "m,run=a value= 1" }]);
    expect(await count("a")).toBe(5000);
    expect(rejected).toEqual([
      expect.stringMatching(/^3141 4\d\d: .*field type conflict/),
      expect.stringMatching(/^-1 400: .*unable to parse/),
    ]);

    expect(await client.query(`SELECT "value" FROM "m" WHERE "run" = 'b' GROUP BY "run"`)).toEqual([
      { measurement: "m", tags: { run: "b" }, values: { time: 1000, value: 1 } },
    ]);
    expect(await client.deleteRun("a")).toBe(true);
    expect(await count("a")).toBe(0);
    expect(await count("b")).toBe(1);
    client.close();
  });

  it("says what to mend when token, bucket or address are wrong, and never the token", async () => {
    await using server = await startInfluxd(line);
    const token = line === "1.8" ? "proofload:not-the-password" : "not-the-token";
    const answers = async (more: { token?: string; bucket?: string; url?: string }) => {
      const client = createInfluxClient({ ...server, org: server.org, bucket: server.bucket, ...more });
      const answer = await client.write(["m v=1 1000"]);
      const asked: unknown = await client.query("SHOW MEASUREMENTS").catch((error: unknown) => error);
      client.close();
      return { answer, asked: String(asked) };
    };
    const wrongToken = await answers({ token });
    expect(wrongToken.answer).toMatchObject({
      kind: "refused",
      why: expect.stringContaining("PROOFLOAD_INFLUX_TOKEN"),
    });
    expect(wrongToken.asked).toContain("401");
    expect(JSON.stringify(wrongToken)).not.toContain("not-the-");
    const noBucket = await answers({ bucket: "nowhere" });
    expect(noBucket.answer).toMatchObject({ kind: "refused", why: expect.stringContaining("PROOFLOAD_INFLUX_BUCKET") });
    const nobody = await answers({ url: "http://127.0.0.1:9" });
    expect(nobody.answer).toMatchObject({ kind: "later", why: expect.stringContaining("ECONNREFUSED") });
    expect(nobody.asked).toContain("ECONNREFUSED");
  });
});
