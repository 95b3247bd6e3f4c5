import { describe, expect, it } from "vitest";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { HardwareProfile } from "../plan/definition.ts";
import { type Layout, MEMORY_SHOWN } from "../plan/profile.ts";
import { lackingHardware } from "./lacking-hardware.ts";
import { laidOut, MIB, profile } from "./sample-hardware.ts";

const GIB = 1024 * MIB;
/** 2 cores, 8 GiB. */
const { machine } = sampleFingerprint();

describe("a figure that was declared for some hardware, where no profile was laid out,", () => {
  it("is compared with the machine", () => {
    expect(lackingHardware(undefined, { machine })).toBeUndefined();
    expect(lackingHardware(profile(2, 8), { machine })).toBeUndefined();
    expect(lackingHardware(profile(3, 8), { machine })).toBe(
      "declared for p3 (3 CPUs, 8 GiB), measured on 2 CPUs, 8 GiB",
    );
    expect(lackingHardware(profile(2, 16), { machine })).toBe(
      "declared for p2 (2 CPUs, 16 GiB), measured on 2 CPUs, 8 GiB",
    );
  });

  it("counts for a machine that shows a tenth less memory than it was sold with", () => {
    const shown = (memoryBytes: number) => lackingHardware(profile(2, 8), { machine: { ...machine, memoryBytes } });
    expect(shown(8 * MEMORY_SHOWN * GIB)).toBeUndefined();
    expect(shown(8 * MEMORY_SHOWN * GIB - MIB)).toBe("declared for p2 (2 CPUs, 8 GiB), measured on 2 CPUs, 7 GiB");
  });
});

describe("a figure that was declared for some hardware, on a profile,", () => {
  const large = { ...machine, cpus: 64, memoryBytes: 256 * GIB };
  const on = (layout: Layout, declared: HardwareProfile) => lackingHardware(declared, { machine: large, layout });
  const resized = (layout: Layout, change: Partial<Layout["parts"]["service"]>): Layout => ({
    ...layout,
    parts: { ...layout.parts, service: { ...layout.parts.service, ...change } },
  });

  it("is compared with what was laid out, however large the machine is", () => {
    expect(on(laidOut(profile(8, 16)), profile(8, 16))).toBeUndefined();
    expect(on(laidOut(profile(8, 16)), profile(2, 4))).toBeUndefined();
    expect(on(laidOut(profile(2, 4)), profile(8, 4))).toBe(
      "declared for p8 (8 CPUs, 4 GiB), measured on the profile p2 (2 CPUs, 4 GiB)",
    );
    expect(on(laidOut(profile(2, 4)), profile(2, 16))).toBe(
      "declared for p2 (2 CPUs, 16 GiB), measured on the profile p2 (2 CPUs, 4 GiB)",
    );
  });

  it("does not count on one that was scaled down, however small it would do with", () => {
    expect(on(laidOut(profile(16, 16), true), profile(1, 1))).toBe(
      "declared for p1 (1 CPUs, 1 GiB), measured on the profile p16 scaled to 50 %",
    );
  });

  // As large in all, and less for the service.
  const declared = profile(8, 16, { service: { cpus: 2, memoryMiB: 4000 } });
  const layout = laidOut(declared);
  const name = "declared for p8 (8 CPUs, 16 GiB), and on the profile p8";

  it("is compared part by part where it says what each of them has", () => {
    expect(on(layout, declared)).toBeUndefined();
    expect(on(laidOut(profile(8, 16, { service: { cpus: 1.5, memoryMiB: 4000 } })), declared)).toBe(
      `${name} service has 1.5 CPUs and 4000 MiB instead of 2 and 4000`,
    );
    const { postgres } = layout.parts;
    const wanting = profile(8, 16, { postgres: { cpus: postgres.cpus, memoryMiB: 8000 } });
    expect(on(resized(layout, { cpus: 8, memoryBytes: 8 * GIB }), wanting)).toBe(
      `${name} postgres has 2.25 CPUs and 6190 MiB instead of 2.25 and 8000`,
    );
  });

  it("is compared with the tolerance of a machine's memory in each part, and with none in its cores", () => {
    const memory = (mebibytes: number) => on(resized(layout, { memoryBytes: mebibytes * MIB }), declared);
    expect(memory(4000 * MEMORY_SHOWN)).toBeUndefined();
    expect(memory(4000 * MEMORY_SHOWN - 1)).toBe(`${name} service has 2 CPUs and 3600 MiB instead of 2 and 4000`);
    const cores = (cpus: number) => on(resized(layout, { cpus }), declared);
    // What rounding leaves is no less.
    expect(cores(2 - 1e-9)).toBeUndefined();
    expect(cores(1.99)).toBe(`${name} service has 1.99 CPUs and 4000 MiB instead of 2 and 4000`);
  });

  it("is not compared as a whole where it is compared part by part: what was left over is nobody's", () => {
    const { generator, ...parts } = layout.parts;
    const spare = { ...layout, parts: { ...parts, generator: { ...generator, cpus: 0.1, memoryBytes: 64 * MIB } } };
    expect(on(spare, declared)).toBeUndefined();
    expect(on(spare, profile(8, 16))).toBe(
      "declared for p8 (8 CPUs, 16 GiB), measured on the profile p8 (5.1 CPUs, 12 GiB)",
    );
  });
});
