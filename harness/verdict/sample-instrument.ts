import type { InstrumentRecord, ScenarioRecord } from "../collect/record.ts";
import { sampleFingerprint } from "../environment/fingerprint/sample-fingerprint.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { cartPlan, cartRecord, cartStream } from "./sample-cart.ts";
import { judgeValidity } from "./validity.ts";

/** What a test says of the instrument of a record that is otherwise sound (sample-cart.ts). */
export type Change = Partial<ScenarioRecord>;

type Instrument = InstrumentRecord;
type Canary = NonNullable<Instrument["canary"]>;

const sound = cartRecord();

export const instrument = (change: Partial<Instrument>): Change => ({ instrument: { ...sound.instrument, ...change } });

export const generator = (change: Partial<Instrument["generator"]>): Change =>
  instrument({ generator: { ...sound.instrument.generator, ...change } });

export const canary = (change: Partial<Canary>): Change =>
  instrument({ canary: { count: 500, failed: 0, dropped: 0, p50: 1, p95: 2, p99: 4, max: 6, ...change } });

/** No fixed responder was asked. */
export function withoutCanary(): Change {
  const { canary: _, ...rest } = sound.instrument;
  return { instrument: rest };
}

export const startLag = (p99: number, count = 900): Change => instrument({ startLag: { count, p50: 0, p99, max: 90 } });

/** In so many of a hundred looks strangers took more than half of a machine of two cores. */
export const strangers = (looks: number): Change => ({
  resources: [
    {
      part: "machine",
      metric: "foreign_cpu",
      points: Array.from({ length: 100 }, (_, at) => [2 + at / 10, at < looks ? 1.8 : 0] as const),
    },
  ],
});

/** Seven iterations were dropped. */
export const dropped = (change: Partial<ScenarioRecord["iterations"][number]>): Change => ({
  iterations: [cartStream({ dropped: 7, ...change })],
});

export const keptFrom = (...places: readonly { readonly where: string; readonly times: number }[]): Change => ({
  outcome: { ...sound.outcome, keptFrom: places },
});

/** Of two cores. */
const { machine } = sampleFingerprint();

/** What is found of it. */
export const judged = (change: Change, plan: Partial<ScenarioPlan> = {}) =>
  judgeValidity(cartPlan(plan), cartRecord(change), machine);

/** "INVALID (code): sentence – remedy" */
export const reasons = (change: Change, plan?: Partial<ScenarioPlan>) =>
  judged(change, plan).invalid.map(({ kind, code, sentence, remedy }) => `${kind} (${code}): ${sentence} – ${remedy}`);

export const check = (name: string, change: Change, plan?: Partial<ScenarioPlan>) =>
  judged(change, plan).checks.find((one) => one.name === name);
