import { describe, expect, it } from "vitest";
import type { RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { Fingerprint } from "../environment/fingerprint/fingerprint.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { sampleMicroRecord, sampleMicroRun } from "../report/sample-micro.ts";
import { besideFirst, comparability, likenessOf, namesOf, type StoredRun } from "./comparable.ts";
import { LIMITS } from "./limits.ts";
import { plan, run, scenarioPlan, scenarioRecord } from "./sample-browse.ts";

const BARE: StoredRun = { plan: plan(scenarioPlan([])), record: run(scenarioRecord()) };
const withRecord = (change: Partial<RunRecord>): StoredRun => ({ ...BARE, record: { ...BARE.record, ...change } });
const withFingerprint = (change: Partial<Fingerprint>) =>
  withRecord({ fingerprint: { ...BARE.record.fingerprint, ...change } });
/** A run of these scenarios: each with its seed, and with the hash of its workload. */
const ofScenarios = (...of: readonly (readonly [name: string, seed: number, hash: string])[]): StoredRun => ({
  plan: {
    ...BARE.plan,
    scenarios: of.map(([name, seed]): ScenarioPlan => ({ ...scenarioPlan([]), name, data: { seed } })),
  },
  record: {
    ...BARE.record,
    scenarios: of.map(([name, , hash]) => scenarioRecord({ name, workload: { hash, script: "02" } })),
  },
});
const differences = (left: StoredRun, right: StoredRun) => comparability(left, right).differences;
const labels = (left: StoredRun, right: StoredRun) => comparability(left, right).labels;

describe("what runs of one series have to have in common", () => {
  const { fingerprint } = BARE.record;
  const machine = {
    cpuModel: "Sample CPU at 2.80 GHz",
    cpus: 2,
    smt: "off",
    governor: "unknown",
    memory: "8 GiB",
    kernel: "Linux 6.1.0",
    cgroup: "v2",
    platform: "linux-x64",
    node: "v24.21.0",
  };
  const environment = (change: Partial<ScenarioRecord["environment"]>) => {
    return { ...scenarioRecord().environment, ...change };
  };

  it("is the machine, k6, the environment and the workload, but neither addresses nor the service's own image", () => {
    const image = { name: "shop:1", digest: "sha256:1" };
    const part = {
      environment: environment({
        parts: [
          { name: "service", version: "node v24.21.0", pid: 4, image },
          { name: "postgres", version: "PostgreSQL 18.4", port: 5, image },
          { name: "redis" },
        ],
      }),
      workload: { hash: "01" },
    };
    expect(likenessOf({ fingerprint }, part)).toEqual({
      machine,
      k6: fingerprint.k6,
      environment: {
        kind: "embedded",
        parts: {
          service: { version: "node v24.21.0" },
          postgres: { version: "PostgreSQL 18.4", image: "sha256:1" },
          redis: {},
        },
      },
      workload: "01",
    });
    expect(likenessOf({ fingerprint }, { workload: { hash: "01" } })).toStrictEqual({
      machine,
      k6: fingerprint.k6,
      workload: "01",
    });
  });

  it.each([
    ["https://a.example.com:8443/x", "a.example.com"],
    ["http://[::1]:3000", "[::1]"],
    ["a.example.com", "a.example.com"],
  ])("is the host of a service elsewhere: of %s %s", (baseUrl, host) => {
    const part = { environment: environment({ kind: "url", baseUrl }), workload: { hash: "01" } };
    expect(likenessOf({ fingerprint }, part)).toMatchObject({ environment: { kind: "url", host } });
  });

  it("is no host where the service runs here, nor what a kernel keeps for itself of the memory", () => {
    const here = withRecord({
      scenarios: [scenarioRecord({ environment: environment({ baseUrl: "http://localhost:2" }) })],
    });
    expect(differences(BARE, here)).toEqual([]);
    const less = withFingerprint({ machine: { ...fingerprint.machine, memoryBytes: 7.8 * 1024 ** 3 } });
    expect(differences(BARE, less)).toEqual([]);
    const much = withFingerprint({ machine: { ...fingerprint.machine, memoryBytes: 8.1 * 1024 ** 3 } });
    expect(differences(BARE, much)).toEqual([{ field: "machine.memory", left: "8 GiB", right: "9 GiB" }]);
  });
});

describe("the workloads of two runs", () => {
  it("are unlike in fields of the plan that each scenario has by its name", () => {
    const left = ofScenarios(["browse", 1, "a"], ["pay", 7, "b"]);
    const right = ofScenarios(["browse", 1, "a"], ["pay", 8, "c"]);
    expect(differences(left, right)).toEqual([{ field: "workload.pay.data.seed", left: "7", right: "8" }]);
  });

  it("are unlike in their hash where nothing else tells, as of a plan that does not have them", () => {
    const left = ofScenarios(["browse", 1, "a"]);
    const right = ofScenarios(["browse", 1, "b"]);
    const hashes = [{ field: "workload.browse", left: "a", right: "b" }];
    expect(differences(left, right)).toEqual(hashes);
    const none = (stored: StoredRun) => ({ ...stored, plan: { ...stored.plan, scenarios: [] } });
    expect(differences(none(left), none(right))).toEqual(hashes);
  });

  it("are those that both have: with none in common, that is the difference", () => {
    const both = ofScenarios(["browse", 1, "a"], ["pay", 7, "b"]);
    expect(differences(both, ofScenarios(["pay", 7, "b"]))).toEqual([]);
    expect(differences(ofScenarios(["pay", 7, "b"]), both)).toEqual([]);
    expect(differences(both, ofScenarios(["sell", 1, "a"], ["buy", 7, "b"]))).toEqual([
      { field: "scenarios", left: "browse, pay", right: "sell, buy" },
    ]);
  });

  it("are those of micro-benchmarks, too", () => {
    const micro = (rounds: number, hash: string): StoredRun => {
      const made = sampleMicroRun([], sampleMicroRecord([], { workload: { hash, script: "02" } }));
      const planned = (made.plan.micro ?? []).map((one) => ({ ...one, timing: { ...one.timing, rounds } }));
      return { ...made, plan: { ...made.plan, micro: planned } };
    };
    const [left, right] = [micro(4, "a"), micro(6, "b")];
    expect(differences(left, right)).toEqual([{ field: "workload.sample.timing.rounds", left: "4", right: "6" }]);
    const unplanned = ({ plan: { micro: _, ...rest }, record }: StoredRun): StoredRun => ({ plan: rest, record });
    expect(differences(unplanned(left), unplanned(right))).toEqual([
      { field: "workload.sample", left: "a", right: "b" },
    ]);
    expect(namesOf({ ...BARE.record, micro: left.record.micro ?? [] })).toEqual(["browse", "sample"]);
    expect(namesOf(BARE.record)).toEqual(["browse"]);
  });

  it("stand in one environment: what is unlike in all scenarios is said once", () => {
    const on = (kind: "embedded" | "containers") =>
      withRecord({
        scenarios: ["browse", "pay"].map((name) =>
          scenarioRecord({ name, environment: { ...scenarioRecord().environment, kind } }),
        ),
      });
    expect(differences(on("embedded"), on("containers"))).toEqual([
      { field: "environment.kind", left: "embedded", right: "containers" },
    ]);
  });
});

describe("the labels of a comparison", () => {
  const speed = (cpu: number, memory: number, loopback: number) =>
    withFingerprint({ calibration: { cpu, memory, loopback } });
  const sentence = (scores: string) =>
    `the machine was not equally fast before both runs: on the right ${scores} as fast as on the left`;

  it("name a score that lies further apart than the limit, in either direction", () => {
    const limit = 1 + LIMITS.calibration;
    expect(labels(speed(1, 1, 1), speed(limit, 1, 1))).toEqual([]);
    expect(labels(speed(limit, 1, 1), speed(1, 1, 1))).toEqual([]);
    expect(labels(speed(1, 1, 1), speed(limit + 0.01, 1, 1))).toEqual([
      { code: "different speed", sentence: sentence("cpu 1.16 times") },
    ]);
    expect(labels(speed(1, 2, 1), speed(2, 1, 3))).toEqual([
      { code: "different speed", sentence: sentence("cpu 2.00 times, memory 0.50 times, loopback 3.00 times") },
    ]);
  });

  it.each([
    [true, false, "another run shared the machine with the left one"],
    [false, true, "another run shared the machine with the right one"],
    [true, true, "another run shared the machine with the left and the right one"],
  ])("say whether a run shared its machine: %j, %j", (left, right, said) => {
    const found = labels(withRecord({ sharedHost: left }), withRecord({ sharedHost: right }));
    expect(found).toEqual([{ code: "shared machine", sentence: said }]);
  });

  it("stand beside the differences, for every run after the first", () => {
    const other = withRecord({ sharedHost: true });
    expect(besideFirst([BARE, other, BARE])).toEqual([comparability(BARE, other), comparability(BARE, BARE)]);
    expect(besideFirst([BARE])).toEqual([]);
    expect(besideFirst([])).toEqual([]);
  });
});
