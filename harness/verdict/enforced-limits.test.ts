import { describe, expect, it } from "vitest";
import type { LimitProof } from "../environment/environment.ts";
import type { Layout } from "../plan/profile.ts";
import { limitChecks } from "./enforced-limits.ts";
import { LIMITS } from "./limits.ts";
import { contained, laidOut, MIB, profile } from "./sample-hardware.ts";

type Cpu = NonNullable<LimitProof["cpu"]>;
const cpu = (change: Partial<Cpu>): Cpu => ({ quota: 0.5, used: 0.5, periods: 24, throttledPeriods: 23, ...change });
/** What was tried of the service, whose layout has half a core of 0-1 and 256 MiB. */
const checked = (proof: Partial<LimitProof>, layout?: Layout) =>
  limitChecks(contained({}, { proofs: [{ part: "service", ...proof }], ...(layout === undefined ? {} : { layout }) }));
const said = (proof: Partial<LimitProof>, layout?: Layout) =>
  checked(proof, layout).flatMap(({ check, reason }) => (check.ok ? [] : [`${reason.code}: ${reason.sentence}`]));
const MOST = 0.5 * (1 + LIMITS.quotaTolerance);

describe("a quota of CPU that was tried before load", () => {
  it.each([
    ["the quota to a hair", cpu({})],
    ["as much more as may be", cpu({ used: MOST })],
    ["less, while it was throttled", cpu({ used: 0.33, throttledPeriods: 1 })],
  ])("holds where a part used %s", (_, found) => {
    expect(checked({ cpu: found })).toEqual([
      {
        check: {
          name: "CPU of service",
          value: found.used,
          limit: MOST,
          unit: "cores",
          ok: true,
          meaning: "cores that service used before load while it burnt as much as it could, of 0.5 that it may use",
        },
        reason: { code: "limits not enforced", sentence: "" },
      },
    ]);
  });

  it("does not hold where a part used more than that, throttled or not", () => {
    expect(checked({ cpu: cpu({ used: 0.526 }) })).toEqual([
      {
        check: expect.objectContaining({ value: 0.526, limit: MOST, ok: false }),
        reason: {
          code: "limits not enforced",
          sentence: "service used 0.53 cores before load, and its quota is 0.5",
          remedy: "Look at the engine's own limits with `docker inspect` and `proofload doctor`.",
        },
      },
    ]);
    expect(said({ cpu: cpu({ used: 1.9, throttledPeriods: 0 }) })).toEqual([
      "limits not enforced: service used 1.9 cores before load, and its quota is 0.5",
    ]);
  });

  it("is open where the part got less and nothing held it back: then the machine was busy", () => {
    expect(checked({ cpu: cpu({ used: 0.334, throttledPeriods: 0 }) })).toEqual([
      {
        check: expect.objectContaining({ value: 0.334, ok: false }),
        reason: {
          code: "noisy host",
          sentence:
            "service could use only 0.33 of its 0.5 cores before load, though nothing held it back: the machine was busy",
          remedy: "Stop the other programs, and run again.",
        },
      },
    ]);
  });

  it("needs no throttling where the set of cores is as small as the quota", () => {
    const onCores = (cpuset: string) => laidOut(profile(4, 4, { service: { cpus: 1, memoryMiB: 256, cpuset } }));
    const whole = { cpu: cpu({ quota: 1, used: 0.99, throttledPeriods: 0 }) };
    expect(checked(whole, onCores("0")).map(({ check }) => check.ok)).toEqual([true]);
    expect(said(whole, onCores("0-1"))).toEqual([
      "noisy host: service could use only 0.99 of its 1 cores before load, though nothing held it back: the machine was busy",
    ]);
  });

  it("is not called kept by a set of cores that nobody can read", () => {
    const { parts, ...layout } = laidOut(profile(4, 4));
    const unread = { ...layout, parts: { ...parts, service: { ...parts.service, cpus: 0.5, cpuset: "all" } } };
    expect(said({ cpu: cpu({ throttledPeriods: 0 }) }, unread)).toHaveLength(1);
  });

  it.each([
    [{ cores: "0-3" }, "service was declared with 0.5 CPUs on the cores 0-1, and ran with 0.5 CPUs on the cores 0-3"],
    [
      { quota: 2, cores: "0-1" },
      "service was declared with 0.5 CPUs on the cores 0-1, and ran with 2 CPUs on the cores 0-1",
    ],
    [{ quota: 2 }, "service was declared with 0.5 CPUs on the cores 0-1, and ran with 2 CPUs on the cores ?"],
  ])("does not hold with another quota or on other cores than declared: %j", (found, sentence) => {
    expect(checked({ cpu: cpu(found) })).toEqual([
      {
        check: expect.objectContaining({ name: "CPU of service", ok: false }),
        reason: {
          code: "limits not enforced",
          sentence,
          remedy: "Look at the engine's own limits with `docker inspect` and `proofload doctor`.",
        },
      },
    ]);
  });

  it("holds on the cores that were declared", () => {
    expect(said({ cpu: cpu({ cores: "0-1" }) })).toEqual([]);
  });

  it("is judged by itself where no layout is known", () => {
    const { layout: _, ...environment } = contained().environment;
    const judged = (found: Cpu) =>
      limitChecks(contained({ environment: { ...environment, proofs: [{ part: "redis", cpu: found }] } }));
    expect(judged(cpu({ quota: 2, used: 2 })).map(({ check }) => check.ok)).toEqual([true]);
    expect(judged(cpu({ quota: 2, used: 1, throttledPeriods: 0 })).map(({ reason }) => reason.code)).toEqual([
      "noisy host",
    ]);
  });
});

describe("a limit of memory that was tried before load", () => {
  it("holds where memory past it was refused, and the kernel has the limit that was declared", () => {
    expect(checked({ memory: { limitBytes: 256 * MIB, refused: true } }).map(({ check }) => check)).toEqual([
      {
        name: "memory limit of service",
        value: 0,
        limit: 0,
        unit: "count",
        ok: true,
        meaning: "whether the kernel's own limit for service is 256 MiB, and memory past such a limit is refused",
      },
    ]);
  });

  it.each([
    [{ limitBytes: 256 * MIB, refused: false }, "a container could allocate more memory than its limit"],
    [
      { limitBytes: 16_000 * MIB, refused: true },
      "service was declared with 256 MiB of memory, and its group has a limit of 16000 MiB",
    ],
  ])("does not hold where it was not, or the kernel has another: %j", (memory, sentence) => {
    expect(checked({ memory })).toEqual([
      {
        check: expect.objectContaining({ value: 1, ok: false }),
        reason: {
          code: "limits not enforced",
          sentence,
          remedy: "The kernel must count memory for containers: `docker info` warns where it does not.",
        },
      },
    ]);
  });

  it("is what the kernel says where no layout is known", () => {
    const { layout: _, ...environment } = contained().environment;
    const proofs = [{ part: "postgres", memory: { limitBytes: 512 * MIB, refused: true } }] as const;
    const [found] = limitChecks(contained({ environment: { ...environment, proofs } }));
    expect(found?.check).toMatchObject({ ok: true, name: "memory limit of postgres" });
  });
});

describe("what was tried before load", () => {
  it("is judged for CPU and memory of each part, in turn", () => {
    const memory = { limitBytes: 256 * MIB, refused: true };
    const proofs = [
      { part: "service", cpu: cpu({}), memory },
      { part: "redis", memory },
    ] as const;
    const names = limitChecks(contained({}, { proofs })).map(({ check }) => check.name);
    expect(names).toEqual(["CPU of service", "memory limit of service", "memory limit of redis"]);
  });

  it("is nothing where nothing was tried", () => {
    expect(limitChecks(contained())).toEqual([]);
    expect(checked({ notTried: "the engine gives no way to" })).toEqual([]);
  });
});
