import type { InstrumentRecord } from "../collect/record.ts";
import { generatorChecks } from "../verdict/validity.ts";

/**
 * Of the blocks of a start: the one in which the instrument was not sound, else the one whose canary had the longer tail;
 * with what was seen of the services in all of them.
 */
export function worseInstrument(instruments: readonly InstrumentRecord[], kind: "embedded" | "url"): InstrumentRecord {
  const isSound = (instrument: InstrumentRecord) =>
    generatorChecks({ environment: { kind }, instrument }).every(({ check }) => check.ok);
  const tail = ({ canary }: InstrumentRecord) => canary?.p99 ?? Number.POSITIVE_INFINITY;
  const [worst] = instruments.toSorted((a, b) => Number(isSound(a)) - Number(isSound(b)) || tail(b) - tail(a));
  if (worst === undefined) throw new RangeError("a start without a block");
  return { ...worst, serviceMode: [...new Set(instruments.flatMap(({ serviceMode }) => serviceMode))] };
}
