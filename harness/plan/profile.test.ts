import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCpuset } from "./cpuset.ts";
import type { HardwareProfile, PartShare, ProfiledPart } from "./definition.ts";
import { type HostHardware, type Layout, layOut } from "./profile.ts";

const GIB = 1024 ** 3;
const machine = (cpus: number, memoryGiB: number): HostHardware => ({
  cpus: Array.from({ length: cpus }, (_, core) => core),
  memoryBytes: memoryGiB * GIB,
});
const profile = (cpus: number, memoryGiB: number, parts?: HardwareProfile["parts"]): HardwareProfile => ({
  name: "test",
  cpus,
  memoryGiB,
  ...(parts === undefined ? {} : { parts }),
});

function laidOut(declared: HardwareProfile, host: HostHardware, scale = false): Layout {
  const result = layOut(declared, host, { scale });
  if (!result.ok) throw new Error(result.problems.map(({ where, what }) => `${where}: ${what}`).join("; "));
  return result.layout;
}

function problemsOf(declared: HardwareProfile, host: HostHardware, scale = false): string[] {
  const result = layOut(declared, host, { scale });
  return result.ok ? [] : result.problems.map(({ where, what, instead }) => `${where}: ${what} → ${instead}`);
}

const cores = (layout: Layout, part: ProfiledPart) => {
  const parsed = parseCpuset(layout.parts[part].cpuset);
  return parsed.ok ? parsed.value : [];
};

describe("a hardware profile on a machine", () => {
  it("gives half of an undeclared machine to the service, and cores of their own to generator, service and servers", () => {
    const layout = laidOut(profile(8, 16), machine(8, 16));
    expect(layout).toMatchObject({ profile: "test", scale: 1, sharesCores: true });
    expect(layout.parts).toEqual({
      generator: { cpus: 2, cpuset: "0-1", memoryBytes: 4 * GIB },
      service: { cpus: 4, cpuset: "2-5", memoryBytes: 4 * GIB },
      postgres: { cpus: 1.5, cpuset: "6-7", memoryBytes: 6 * GIB },
      redis: { cpus: 0.5, cpuset: "6-7", memoryBytes: 2 * GIB },
    });
  });

  it("keeps every part apart where the cores suffice", () => {
    const share = { cpus: 0.5, memoryMiB: 256 };
    const parts = { service: share, postgres: share, redis: share, generator: share };
    const layout = laidOut(profile(4, 4, parts), machine(4, 4));
    expect(layout.sharesCores).toBe(false);
    expect(Object.values(layout.parts).map((part) => part.cpuset)).toEqual(["1", "2", "3", "0"]);
  });

  it("lets all share all cores where there are too few, and says so", () => {
    const layout = laidOut(profile(2, 4), machine(2, 4));
    expect(layout.sharesCores).toBe(true);
    expect(new Set(Object.values(layout.parts).map((part) => part.cpuset))).toEqual(new Set(["0-1"]));
    expect(layout.parts.service.cpus).toBe(1);
  });

  it("takes declared sets as they are, on machines whose cores are not numbered from 0", () => {
    const parts = { service: { cpus: 1, memoryMiB: 512, cpuset: "6" } };
    const layout = laidOut(profile(4, 4, parts), { cpus: [2, 4, 6, 7], memoryBytes: 4 * GIB });
    expect(layout.parts.service.cpuset).toBe("6");
    expect(layout.parts.generator.cpuset).toBe("2,4");
    expect(layout.parts.postgres.cpuset).toBe("7");
  });

  it("leaves the generator's declared core to it while the others fit beside each other", () => {
    const share = (cpus: number, cpuset?: string): PartShare => ({
      cpus,
      memoryMiB: 256,
      ...(cpuset ? { cpuset } : {}),
    });
    const parts = { generator: share(1, "1"), service: share(0.5, "0"), postgres: share(0.25), redis: share(0.25) };
    const layout = laidOut(profile(2, 4, parts), machine(2, 4));
    expect(layout.parts.postgres.cpuset).toBe("0");
    expect(layout.parts.redis.cpuset).toBe("0");
  });

  it("scales a profile that is too large, with its servers' memory settings, and only when asked", () => {
    const large: HardwareProfile = {
      ...profile(16, 32, { service: { cpus: 8, memoryMiB: 8192, cpuset: "8-15" } }),
      postgres: { shared_buffers: "25 %", max_connections: "200" },
      redis: { maxmemory: "75 %" },
    };
    expect(problemsOf(large, machine(4, 24))).toEqual([
      expect.stringMatching(/: cpus: it has 16 CPUs, and this machine 4 → --scale-profile /),
      expect.stringMatching(/: memoryGiB: it has 32 GiB, and this machine 24 → --scale-profile /),
      expect.stringMatching(/: parts.service.cpuset: a run may not use core 8-15 .*"0-3"/),
    ]);
    const layout = laidOut(large, machine(4, 24), true);
    expect(layout.scale).toBe(0.25);
    expect(layout.parts.service).toEqual({ cpus: 2, cpuset: "1-2", memoryBytes: 2 * GIB });
    expect(layout.parts.postgres.memoryBytes).toBe(3 * GIB);
    expect(layout.postgres).toEqual({ shared_buffers: "768MB", max_connections: "200" });
    expect(layout.redis).toEqual({ maxmemory: "768mb" });
    expect(laidOut(large, machine(16, 32), true).scale).toBe(1);
  });

  it("takes a machine that shows a tenth less memory than it is sold with", () => {
    expect(laidOut(profile(2, 16), machine(2, 15.2)).scale).toBe(1);
    expect(problemsOf(profile(2, 16), machine(2, 14))).toHaveLength(1);
  });

  it.each([
    ["0", 0],
    ["NaN", Number.NaN],
    ["less than nothing", -1],
    ["infinitely much", Number.POSITIVE_INFINITY],
  ])("refuses %s of anything, all at once", (_, amount) => {
    const found = problemsOf(profile(amount, amount, { redis: { cpus: amount, memoryMiB: amount } }), machine(2, 4));
    expect(found.map((line) => line.split(": ")[1])).toEqual([
      "cpus",
      "memoryGiB",
      "parts.redis.cpus",
      "parts.redis.memoryMiB",
    ]);
  });

  it("names every share that is wrong in one go, each with what to type", () => {
    const found = problemsOf(
      {
        ...profile(2, 1, {
          service: { cpus: 1.5, memoryMiB: 8, cpuset: "0" },
          postgres: { cpus: 1, memoryMiB: 1100, cpuset: "x" },
          redis: { cpus: 0.01, memoryMiB: 64 },
        }),
        redis: { maxmemory: "128mb" },
      },
      machine(2, 4),
    );
    expect(found).toEqual([
      expect.stringMatching(/parts: its parts want 2.51 cores together, and it has 2 → smaller shares/),
      expect.stringMatching(/parts: its parts want 1172 MiB together, and it has 1024/),
      expect.stringMatching(/generator.cpus: generator would get 0 cores, which is what the other parts leave/),
      expect.stringMatching(/generator.memoryMiB: generator would get 0 MiB/),
      expect.stringMatching(/service.memoryMiB: service would get 8 MiB; it needs 16 at least/),
      expect.stringMatching(/redis.cpus: redis would get 0.01 cores; less than 0.05 cannot be enforced/),
      expect.stringMatching(/service.cpuset: 1.5 cores of CPU time do not fit on the set "0"/),
      expect.stringMatching(/postgres.cpuset: "x" is no set of cores → "0", "0-3" or "0,2"/),
      expect.stringMatching(/redis.maxmemory: 128mb is all of the 64 MiB .* → "25 %"/),
    ]);
  });

  it("refuses sets on which the parts cannot all have what they are promised", () => {
    const on = (cpuset: string): PartShare => ({ cpus: 0.75, memoryMiB: 256, cpuset });
    const found = problemsOf(profile(4, 4, { service: on("1"), postgres: on("1") }), machine(4, 4));
    expect(found).toEqual([expect.stringMatching(/service and postgres want 1.5 cores together on the set "1"/)]);
  });

  it("never promises more than there is, whatever is declared", () => {
    const share = fc.record({
      cpus: fc.double({ min: 0.01, max: 20, noNaN: true }),
      memoryMiB: fc.integer({ min: 1, max: 40_000 }),
    });
    const parts = fc.record({ service: share, postgres: share, redis: share, generator: share }, { requiredKeys: [] });
    const property = fc.property(
      fc.record({
        cpus: fc.double({ min: 0.1, max: 64 }),
        memoryGiB: fc.double({ min: 0.1, max: 128, noNaN: true }),
        parts,
      }),
      fc.integer({ min: 1, max: 32 }),
      fc.double({ min: 0.5, max: 64, noNaN: true }),
      fc.boolean(),
      ({ cpus, memoryGiB, parts: declared }, cpuCount, memory, scale) => {
        const host = machine(cpuCount, memory);
        const result = layOut(
          { name: "any", cpus, memoryGiB, parts: declared as HardwareProfile["parts"] & {} },
          host,
          { scale },
        );
        if (!result.ok)
          return result.problems.length > 0 && result.problems.every(({ instead }) => instead !== undefined);
        const { layout } = result;
        const names = Object.keys(layout.parts) as ProfiledPart[];
        const sum = (of: (part: ProfiledPart) => number, among = names) =>
          among.reduce((all, part) => all + of(part), 0);
        return (
          sum((part) => layout.parts[part].cpus) <= cpuCount + 1e-6 &&
          sum((part) => layout.parts[part].memoryBytes) * 0.9 <= host.memoryBytes + 1 &&
          names.every((part) => {
            const own = cores(layout, part);
            // All who may run on these cores and on no others fit on them.
            const within = names.filter((other) => cores(layout, other).every((core) => own.includes(core)));
            return (
              own.length > 0 &&
              own.every((core) => core < cpuCount) &&
              sum((one) => layout.parts[one].cpus, within) <= own.length + 1e-6
            );
          })
        );
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});
