import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { influxql, type WriteAs, write } from "../influx/ask.ts";
import { INFLUX_LINES, type InfluxLine, type InfluxServer, startInfluxd } from "../influx/server.ts";

/**
 * What InfluxDB says to a write, word for word, and what it kept of it. The writer's conduct rests on this table: the
 * two lines differ in it, and a new version that changes an answer is to fail here first.
 */
interface Said {
  readonly status: number;
  readonly body: unknown;
  /** How many of the batch's points are in the database afterwards. */
  readonly kept: number;
}

interface Case {
  readonly what: string;
  readonly lines: (measurement: string) => readonly string[];
  /** Written first: it settles the field types. */
  readonly before?: (measurement: string) => readonly string[];
  readonly as?: (server: InfluxServer) => WriteAs;
  readonly said: (measurement: string) => Readonly<Record<InfluxLine, Said>>;
}

const BATCH = 5000;
/** 1.8 refuses bodies above this; 2.7 has no limit. */
const MOST_BYTES = 25_000_000;

const CASES: readonly Case[] = [
  {
    what: "good lines",
    lines: (m) => batch(m),
    said: () => both({ status: 204, body: "", kept: BATCH }),
  },
  {
    what: "no lines at all",
    lines: () => [],
    said: () => both({ status: 204, body: "", kept: 0 }),
  },
  {
    what: "a field of another type in one of 5,000 lines",
    before: (m) => [`${m} value=0i 0`],
    lines: (m) => batch(m, { 2500: `${m} value=1.5 2501` }),
    said: (m) => conflict(m, { dropped: 1 }),
  },
  {
    what: "a field of another type in two of 5,000 lines: it names the first reason only",
    before: (m) => [`${m} value=0i 0`],
    lines: (m) => batch(m, { 10: `${m} value=1.5 11`, 2500: `${m} value=true 2501` }),
    said: (m) => conflict(m, { dropped: 2 }),
  },
  {
    what: "a malformed line among 5,000: 1.8 keeps the others, 2.7 keeps nothing",
    lines: (m) => batch(m, { 2500: `${m} value= 2501` }),
    said: (m) => malformed(`unable to parse '${m} value= 2501': missing field value`, BATCH - 1),
  },
  {
    what: "two malformed lines",
    lines: (m) => batch(m, { 0: `${m} value= 1`, 1: `${m},part` }),
    said: (m) =>
      malformed(
        `unable to parse '${m} value= 1': missing field value\nunable to parse '${m},part': missing tag value`,
        BATCH - 2,
      ),
  },
  {
    what: "a body of more than 25 MB: 1.8 refuses it whole, 2.7 takes it",
    lines: (m) => oversize(m),
    said: () => ({
      "1.8": { status: 413, body: { error: "Request Entity Too Large" }, kept: 0 },
      "2.7": { status: 204, body: "", kept: oversize("m").length },
    }),
  },
  {
    what: "a bucket that does not exist",
    lines: (m) => batch(m),
    as: () => ({ bucket: "elsewhere" }),
    said: () => ({
      "1.8": { status: 404, body: { error: 'database not found: "elsewhere"' }, kept: 0 },
      "2.7": { status: 404, body: { code: "not found", message: 'bucket "elsewhere" not found' }, kept: 0 },
    }),
  },
  {
    what: "a retention policy that does not exist: 1.8 calls it its own failure",
    lines: (m) => batch(m),
    as: () => ({ bucket: "proofload/elsewhere" }),
    said: () => ({
      "1.8": { status: 500, body: { error: "retention policy not found: elsewhere" }, kept: 0 },
      "2.7": { status: 404, body: { code: "not found", message: 'bucket "proofload/elsewhere" not found' }, kept: 0 },
    }),
  },
  {
    what: "a token that is wrong",
    lines: (m) => batch(m),
    as: ({ token }) => ({ token: `${token}0` }),
    said: () => ({
      "1.8": { status: 401, body: { error: "authorization failed" }, kept: 0 },
      "2.7": { status: 401, body: { code: "unauthorized", message: "unauthorized access" }, kept: 0 },
    }),
  },
];

describe.each(INFLUX_LINES)("InfluxDB %s answers", (line) => {
  let server: InfluxServer;

  beforeAll(async () => {
    server = await startInfluxd(line);
  });

  afterAll(() => server[Symbol.asyncDispose]());

  test.each(CASES.map((entry, at) => ({ ...entry, measurement: `case_${at}` })))(
    "$what",
    async ({ measurement, before, lines, as, said }) => {
      const count = async (): Promise<number> => {
        const rows = await influxql(server, `SELECT COUNT("value") FROM "${measurement}"`);
        return Number(rows[0]?.["count"] ?? 0);
      };
      if (before !== undefined) expect((await write(server, before(measurement))).status).toBe(204);
      const earlier = await count();
      const { status, body } = await write(server, lines(measurement), as?.(server));
      expect({ status, body: parsed(body), kept: (await count()) - earlier }).toEqual(said(measurement)[line]);
    },
  );

  test("a point of the same series and time: its fields are merged, and the later value is kept", async () => {
    await write(server, ["again,part=a value=5i,other=1i 5"]);
    await write(server, ["again,part=a value=6i 5", "again,part=b value=7i 5"]);
    expect(await influxql(server, 'SELECT "value", "other" FROM "again" GROUP BY "part"')).toEqual([
      { part: "a", time: 5, value: 6, other: 1 },
      { part: "b", time: 5, value: 7, other: null },
    ]);
  });

  test("a query with a wrong token is refused, not answered with no rows", async () => {
    const reason = { "1.8": "authorization failed", "2.7": "Unauthorized" }[line];
    await expect(influxql({ ...server, token: `${server.token}0` }, 'SELECT * FROM "again"')).rejects.toThrow(reason);
  });
});

/** Points at 1 to 5,000 ms, those at the given places replaced. */
function batch(measurement: string, instead: Readonly<Record<number, string>> = {}): readonly string[] {
  return Array.from({ length: BATCH }, (_, at) => instead[at] ?? `${measurement} value=${at}i ${at + 1}`);
}

function oversize(measurement: string): readonly string[] {
  const text = "x".repeat(50_000);
  const enough = Math.ceil(MOST_BYTES / text.length) + 1;
  return Array.from({ length: enough }, (_, at) => `${measurement} value=${at}i,text="${text}" ${at + 1}`);
}

function both(said: Said): Readonly<Record<InfluxLine, Said>> {
  return { "1.8": said, "2.7": said };
}

function conflict(measurement: string, { dropped }: { dropped: number }): Readonly<Record<InfluxLine, Said>> {
  const reason =
    `partial write: field type conflict: input field "value" on measurement "${measurement}" is type float, ` +
    `already exists as type integer dropped=${dropped}`;
  const kept = BATCH - dropped;
  return {
    "1.8": { status: 400, body: { error: reason }, kept },
    "2.7": {
      status: 422,
      body: { code: "unprocessable entity", message: `failure writing points to database: ${reason}` },
      kept,
    },
  };
}

function malformed(reasons: string, keptBy18: number): Readonly<Record<InfluxLine, Said>> {
  return {
    "1.8": { status: 400, body: { error: `partial write: ${reasons} dropped=0` }, kept: keptBy18 },
    "2.7": { status: 400, body: { code: "invalid", message: reasons }, kept: 0 },
  };
}

function parsed(body: string): unknown {
  return body === "" ? "" : JSON.parse(body);
}
