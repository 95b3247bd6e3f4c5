import { describe, expect, it } from "vitest";
import { capProblems, capsOf, hostProblem } from "./allowed-load.ts";
import type { ScenarioPlan, StreamPlan } from "./plan.ts";
import { userPeak } from "./user-load.ts";

const stream = (measured: StreamPlan["measured"], calls: StreamPlan["calls"] = { a: 1 }): StreamPlan => ({
  name: "s",
  exec: "s",
  calls,
  measured,
});

function scenario(more: Partial<ScenarioPlan>): ScenarioPlan {
  return {
    name: "load",
    title: "",
    target: "t",
    profile: { name: "any", cpus: 1, memoryGiB: 1 },
    kind: "proofload",
    script: "/load.ts",
    warmupSeconds: 10,
    measuredSeconds: 60,
    streams: [],
    endpoints: [],
    budgets: [],
    settings: {},
    params: {},
    data: { seed: 1 },
    ...more,
  };
}

const AWAY = "https://staging.example.com";
const over = (one: ScenarioPlan, allow = {}) =>
  capProblems([one], capsOf(AWAY, { hosts: ["staging.example.com"], ...allow })).map(({ what }) => what);

describe("caps", () => {
  it("hold where load leaves this machine, and not where it stays", () => {
    const all = ["http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:80", "http://localhost:3000", undefined];
    for (const url of all) expect(capsOf(url, { hosts: ["a.test"], maxVus: 1 })).toBeUndefined();
    expect(capsOf(AWAY, { hosts: [] }), "what nobody allows is refused anyway").toBeUndefined();
    expect(capsOf("http://10.1.2.3", { hosts: ["10.1.2.3"] })).toEqual({ vus: 100, rate: 100, seconds: 600 });
    expect(capsOf(AWAY, { hosts: ["a.test"], maxVus: 7, maxRate: 0.5, maxDuration: "1h" })).toEqual({
      vus: 7,
      rate: 0.5,
      seconds: 3600,
    });
  });

  it("count the requests of an iteration, all streams of a phase together, and the warm-up: every excess at once", () => {
    const streams = [
      stream({ model: "open", rate: 30, seconds: 600, vus: 60 }, { a: 1, b: 2 }),
      stream({ model: "closed", users: 50, seconds: 600 }),
    ];
    expect(over(scenario({ streams, measuredSeconds: 600 }))).toEqual([
      "110 VUs are more than the 100 that may leave this machine",
      "610 s are more than the 600 that may leave this machine",
    ]);
    const enough = { maxVus: 110, maxDuration: "11m" };
    expect(over(scenario({ streams, measuredSeconds: 600 }), enough)).toEqual([]);
    expect(over(scenario({ streams, measuredSeconds: 600 }), { ...enough, maxRate: 89.5 })).toEqual([
      "90 requests/s are more than the 89.5 that may leave this machine",
    ]);
  });

  it("hold the top of a ramp, and the heavier of warm-up and measured phase", () => {
    const ramp = stream({
      model: "open-ramp",
      startRate: 1,
      stages: [
        { rate: 101, seconds: 5 },
        { rate: 1, seconds: 5 },
      ],
      vus: 5,
    });
    expect(over(scenario({ streams: [ramp] }))).toHaveLength(1);
    const users = stream({ model: "closed-ramp", stages: [{ users: 101, seconds: 5 }] });
    expect(
      over(scenario({ streams: [{ ...users, warmup: { model: "closed", users: 99, seconds: 5 } }] })),
    ).toHaveLength(1);
  });
});

describe("the load of an unchanged k6 script at its most", () => {
  const rate = (value: number, more = {}) => ({
    executor: "constant-arrival-rate",
    rate: value,
    duration: "1m0s",
    ...more,
  });

  it("adds up scenarios that run together, and not those that follow one another", () => {
    const together = { a: rate(60), b: rate(120, { timeUnit: "2s" }) };
    expect(userPeak(together, 10)).toEqual({ vus: 10, rate: 120, seconds: 60 });
    const after = { a: rate(60), b: rate(70, { startTime: "1m0s" }) };
    expect(userPeak(after, 10)).toEqual({ vus: 10, rate: 70, seconds: 120 });
  });

  it("knows the top of a ramp, the longest that iterations may take, and no rate where VUs go as fast as they can", () => {
    const stages = [
      { target: 50, duration: "30s" },
      { target: 10, duration: "1m0s" },
    ];
    const ramp = { executor: "ramping-arrival-rate", startRate: 5, timeUnit: "1s", stages };
    expect(userPeak({ ramp }, 20, 40)).toEqual({ vus: 20, rate: 50, seconds: 90, rps: 40 });
    const counted = { executor: "shared-iterations", iterations: 10, maxDuration: "10m0s" };
    expect(userPeak({ counted }, 3)).toEqual({ vus: 3, seconds: 600 });
  });
});

describe("an entry of allow.hosts", () => {
  it.each(["staging.example.com", "localhost", "my_host.internal.", "10.1.2.3", "10.0.0.0/8", "2001:db8::/32", "::1"])(
    "may be %s",
    (entry) => expect(hostProblem(entry)).toBeUndefined(),
  );

  it.each([
    "http://staging.example.com",
    "staging.example.com:8080",
    "*.example.com",
    "0.0.0.0/0",
    "10.0.0.0/7",
    "::/0",
    "10.0.0.1/8",
    "127.1",
    "2130706433",
    "0x7f000001",
    "",
  ])('may not be "%s", and what to type is said', (entry) => expect(hostProblem(entry)).toMatch(/type/));
});
