import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pair } from "../collect/ab-record.ts";
import { allOrNone } from "../environment/all-or-none.ts";
import type { Environment } from "../environment/environment.ts";
import { openGuard } from "../environment/guard.ts";
import type { Guardian } from "../environment/guardian.ts";
import { provisionUrl } from "../environment/url.ts";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { layoutOf, openEnvironment } from "../open-environment.ts";
import type { Range } from "../plan/addresses.ts";
import { capsOf, type LoadCaps } from "../plan/allowed-load.ts";
import type { AbPlan } from "./ab-plan.ts";
import type { Side, Sides } from "./sides.ts";

/** Both systems under test, each whole: a service with a database and a cache of its own, of the same seeded content. */
export interface Stacks extends Pair<Environment>, AsyncDisposable {
  /** Everything that load may reach. */
  readonly reach: readonly Range[];
  /** Where a side's load leaves this machine: the narrower of both. */
  readonly caps: LoadCaps | undefined;
}

interface Ground {
  readonly host: Host;
  readonly guardian: Guardian;
  readonly configDirectory: string;
  /** Absolute; each side gets a folder in it. */
  readonly logDirectory: string;
  readonly onProgress: (text: string) => void;
}

/** @throws as provision.ts and guard.ts say; nothing is left running then. */
export async function openStacks(plan: AbPlan, sides: Sides, ground: Ground): Promise<Stacks> {
  const { interrupted: signal } = ground.host;
  await using opened = new AsyncDisposableStack();
  const guards = await Promise.all([openGuard(sides.base.url, plan.allow), openGuard(sides.head.url, plan.allow)]);
  const open = (side: Side) => async (linked: AbortSignal) =>
    opened.use(await openStack(plan, side, { ...ground, signal: linked }));
  // Linked signals would end what they were given to for good: only the opening is aborted by the other side's failure.
  const [base, head] = await allOrNone<[Environment, Environment]>(signal, [open(sides.base), open(sides.head)]);
  const running = opened.move();
  return {
    base,
    head,
    reach: guards.flatMap(({ reach }) => reach),
    caps: narrower(capsOf(sides.base.url, plan.allow), capsOf(sides.head.url, plan.allow)),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function openStack(plan: AbPlan, side: Side, ground: Ground & { signal: AbortSignal }): Promise<Environment> {
  const { guardian, configDirectory, host, signal } = ground;
  const { service, name } = side;
  if (side.url !== undefined) {
    const url = side.url;
    return provisionUrl({ url, guardian, configDirectory, signal, ...(service === undefined ? {} : { service }) });
  }
  if (service === undefined) {
    throw new ProofloadError("PL_USAGE", `there is no service to start for ${side.record.given}; give addresses`);
  }
  const logDirectory = join(ground.logDirectory, name);
  await mkdir(logDirectory, { recursive: true });
  return openEnvironment(plan.environment.kind, {
    service,
    configDirectory,
    logDirectory,
    guardian,
    signal,
    layout: layoutOf(plan),
    onProgress: (text) => ground.onProgress(`${name}: ${text}`),
    now: host.now,
  });
}

function narrower(a: LoadCaps | undefined, b: LoadCaps | undefined): LoadCaps | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    vus: Math.min(a.vus, b.vus),
    rate: Math.min(a.rate, b.rate),
    seconds: Math.min(a.seconds, b.seconds),
  };
}
