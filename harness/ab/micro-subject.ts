import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { ProofloadError } from "../errors.ts";
import type { MicroPlan } from "../plan/plan.ts";
import type { Side } from "./sides.ts";

/**
 * The benchmark in the files of a side. The benchmark file itself is the present checkout's on both sides, so that they
 * do the same work and a new benchmark can ask an old version; everything that it imports is the side's own.
 * @throws ProofloadError PL_USAGE for a side without files.
 */
export async function subjectIn(side: Side, plan: MicroPlan, configDirectory: string): Promise<MicroPlan> {
  const { directory } = side;
  if (directory === undefined) {
    throw new ProofloadError(
      "PL_USAGE",
      `--${side.name} ${side.record.given}: a micro-benchmark needs the files of a side`,
      {
        problems: [{ what: "an image or an address has none here", where: `--${side.name}`, instead: "a git ref" }],
      },
    );
  }
  if (directory === configDirectory) return plan;
  const script = join(directory, relative(configDirectory, plan.script));
  await mkdir(dirname(script), { recursive: true });
  await copyFile(plan.script, script);
  return { ...plan, script };
}
