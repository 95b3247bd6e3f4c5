import exec from "k6/execution";

/**
 * Where we are in the test. `exec.scenario` builds a new object of accessors at every touch (about 10 µs); its
 * accessors read the present state, so that one object serves a VU for its whole life.
 */
let scenario: typeof exec.scenario | undefined;

function here(): typeof exec.scenario {
  scenario ??= exec.scenario;
  return scenario;
}

/** Number of this iteration among all of its k6 scenario, from 0, over all VUs. */
export function iteration(): number {
  return here().iterationInTest;
}

/** Name of the k6 scenario: `<stream>` or `<stream>_warmup`. */
export function scenarioName(): string {
  return here().name;
}

/** When this k6 scenario started, in epoch milliseconds. */
export function scenarioStart(): number {
  return here().startTime;
}

let vu: number | undefined;

/** Number of this VU, from 1, over all generators. */
export function vuNumber(): number {
  vu ??= exec.vu.idInTest;
  return vu;
}

let lag: number | undefined;

/** How late this iteration started, in milliseconds; undefined in closed streams, which intend no start. */
export function startedLate(): number | undefined {
  return lag;
}

/** Said at the start of every iteration: k6 uses a VU again for another stream. */
export function startsLate(milliseconds: number | undefined): void {
  lag = milliseconds;
}
