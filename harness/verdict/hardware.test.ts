import { describe, expect, it } from "vitest";
import type { OutOfMemoryRecord, RunRecord, ScenarioRecord } from "../collect/record.ts";
import type { EnvironmentFacts, LimitProof } from "../environment/environment.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { HardwareProfile } from "../plan/definition.ts";
import { type Layout, layOut } from "../plan/profile.ts";
import { limitChecks } from "./enforced-limits.ts";
import { lackingHardware } from "./lacking-hardware.ts";
import { outOfMemoryReason } from "./out-of-memory.ts";
import { throttlingWarnings } from "./throttling.ts";

const MIB = 1024 ** 2;
const { machine } = sampleFingerprint();
const profile = (cpus: number, memoryGiB: number, parts?: HardwareProfile["parts"]): HardwareProfile => ({
  name: `p${cpus}`,
  cpus,
  memoryGiB,
  ...(parts === undefined ? {} : { parts }),
});
const host = { cpus: [0, 1, 2, 3, 4, 5, 6, 7], memoryBytes: 16 * 1024 * MIB };

function laidOut(declared: HardwareProfile, scale = false): Layout {
  const result = layOut(declared, host, { scale });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.layout;
}

const layout = laidOut(profile(4, 4, { service: { cpus: 0.5, memoryMiB: 256, cpuset: "0-1" } }));
const environment = (change: Partial<EnvironmentFacts>): EnvironmentFacts => ({
  kind: "containers",
  baseUrl: "http://127.0.0.1:1",
  parts: [],
  limits: [],
  layout,
  ...change,
});
/** As far as it is read here. */
const scenario = (change: Partial<ScenarioRecord>): ScenarioRecord =>
  ({ name: "busy", warmupSeconds: 2, resources: [], environment: environment({}), ...change }) as ScenarioRecord;

describe("limits that were tried before load", () => {
  type Cpu = NonNullable<LimitProof["cpu"]>;
  const cpu = (change: Partial<Cpu>): Cpu => ({ quota: 0.5, used: 0.5, periods: 24, throttledPeriods: 23, ...change });
  const checked = (proof: Partial<LimitProof>) =>
    limitChecks(scenario({ environment: environment({ proofs: [{ part: "service", ...proof }] }) }));
  const said = (proof: Partial<LimitProof>) =>
    checked(proof).flatMap(({ check, reason }) => (check.ok ? [] : [`${reason.code}: ${reason.sentence}`]));

  it.each([
    ["the quota to a hair", cpu({})],
    ["five in a hundred more", cpu({ used: 0.525 })],
    ["less, while it was throttled", cpu({ used: 0.33 })],
  ])("hold where a part used %s", (_, found) => {
    expect(checked({ cpu: found }).map(({ check }) => check.ok)).toEqual([true]);
  });

  it("do not hold where a part used more than that, throttled or not", () => {
    expect(said({ cpu: cpu({ used: 0.53 }) })).toEqual([
      "limits not enforced: service used 0.53 cores before load, and its quota is 0.5",
    ]);
    expect(said({ cpu: cpu({ used: 1.9, throttledPeriods: 0 }) })[0]).toMatch(/^limits not enforced: /);
  });

  it("say nothing where the part got less and nothing held it back: then the machine was busy", () => {
    expect(said({ cpu: cpu({ used: 0.33, throttledPeriods: 0 }) })[0]).toMatch(
      /^noisy host: service could use only 0.33 of its 0.5 cores before load/,
    );
  });

  it("need no throttling where the set of cores is as small as the quota", () => {
    const whole = laidOut(profile(4, 4, { service: { cpus: 1, memoryMiB: 256, cpuset: "0" } }));
    const proofs = [{ part: "service", cpu: cpu({ quota: 1, used: 0.99, throttledPeriods: 0, cores: "0" }) }] as const;
    const found = limitChecks(scenario({ environment: environment({ layout: whole, proofs }) }));
    expect(found.map(({ check }) => check.ok)).toEqual([true]);
  });

  it("do not hold on other cores than those that were declared", () => {
    expect(said({ cpu: cpu({ cores: "0-3" }) })[0]).toMatch(/on the cores 0-1, and ran with .* on the cores 0-3/);
  });

  it("do not hold where memory past the limit was given, or the kernel's limit is another", () => {
    expect(said({ memory: { limitBytes: 256 * MIB, refused: true } })).toEqual([]);
    expect(said({ memory: { limitBytes: 256 * MIB, refused: false } })).toHaveLength(1);
    expect(said({ memory: { limitBytes: 16_000 * MIB, refused: true } })[0]).toContain(
      "declared with 256 MiB of memory, and its group has a limit of 16000 MiB",
    );
  });
});

describe("a quota that was used up under load", () => {
  const throttled = (share: number) =>
    scenario({
      resources: ["periods", "throttled_periods"].map((metric, index) => ({
        part: "service",
        metric,
        // Warm-up is throttled all the time, and does not count.
        points: [0, 1, 2, 3, 12].map((second) => [
          second,
          index === 0 ? second * 10 : Math.min(second, 2) * 10 + Math.max(0, second - 2) * 10 * share,
        ]),
      })),
    });

  it("is named from a tenth of the periods on", () => {
    expect(throttlingWarnings(throttled(0.1))).toEqual([]);
    expect(throttlingWarnings(throttled(0.11)).map(({ sentence }) => sentence)).toEqual([
      "service had used up its 0.5 CPUs in 11 % of its scheduling periods, and had to wait",
    ]);
    expect(throttlingWarnings(scenario({}))).toEqual([]);
  });
});

describe("memory that did not suffice", () => {
  const death: OutOfMemoryRecord = {
    part: "service",
    how: "killed by SIGKILL",
    limitBytes: 64 * MIB,
    at: 0,
    scenario: "busy",
    during: "load",
    lastLines: [],
  };
  const run = (outOfMemory: OutOfMemoryRecord, scenarios: readonly string[]) =>
    ({ outOfMemory, scenarios: scenarios.map((name) => scenario({ name })) }) as unknown as RunRecord;

  it("fails the scenario in which it happened and those after it, and none before", () => {
    const record = run(death, ["before", "busy"]);
    expect(outOfMemoryReason(record, "before")).toBeUndefined();
    expect(outOfMemoryReason(record, "busy")).toMatchObject({
      kind: "FAIL",
      code: "out of memory",
      sentence: "out of memory: the service went past 64 MiB under load",
    });
    expect(outOfMemoryReason(record, "after")?.sentence).toMatch(
      /^not driven, because the run had ended: out of memory/,
    );
  });

  it("fails every scenario when it happened before the first", () => {
    const { scenario: _, ...early } = death;
    expect(outOfMemoryReason(run({ ...early, during: "start" }, []), "busy")?.sentence).toMatch(
      /^out of memory: the service went past 64 MiB before load/,
    );
  });
});

describe("a figure that was declared for some hardware", () => {
  it("is compared with the machine where no profile was laid out", () => {
    expect(lackingHardware(undefined, { machine })).toBeUndefined();
    expect(lackingHardware(profile(1, 1), { machine })).toBeUndefined();
    expect(lackingHardware(profile(99, 1), { machine })).toMatch(/^declared for p99 \(99 CPUs, 1 GiB\), measured on/);
  });

  it("is compared with the profile, however large the machine is", () => {
    const large = { ...machine, cpus: 64, memoryBytes: 256 * 1024 * MIB };
    const on = (laid: Layout, declared: HardwareProfile) => lackingHardware(declared, { machine: large, layout: laid });
    expect(on(laidOut(profile(2, 4)), profile(8, 16))).toMatch(/measured on the profile p2/);
    expect(on(laidOut(profile(8, 16)), profile(8, 16))).toBeUndefined();
    expect(on(laidOut(profile(8, 16)), profile(2, 4))).toBeUndefined();
    // As large in all, and less for the service.
    const share = (cpus: number) => ({ service: { cpus, memoryMiB: 4096 } });
    expect(on(laidOut(profile(8, 16, share(2))), profile(8, 16, share(4)))).toMatch(
      /service has 2 CPUs .* instead of 4/,
    );
  });

  it("is not compared on a profile that was scaled down", () => {
    const scaled = laidOut(profile(16, 16), true);
    expect(lackingHardware(profile(1, 1), { machine, layout: scaled })).toMatch(/scaled to 50 %/);
  });
});
