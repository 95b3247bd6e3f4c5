import { unexplained } from "../collect/influx/stream-books.ts";
import type { InstrumentRecord, ScenarioRecord } from "../collect/record.ts";
import type { MachineFacts } from "../environment/fingerprint/fingerprint.ts";
import { countsCost } from "../plan/cost-scenario.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { limitChecks } from "./enforced-limits.ts";
import { LIMITS } from "./limits.ts";
import { strangersShare } from "./strangers.ts";
import type { Judged, Reason, ValidityCheck } from "./verdict.ts";

export interface Validity {
  readonly checks: readonly ValidityCheck[];
  /** Why the run is INVALID; empty when the instrument was sound. */
  readonly invalid: readonly Reason[];
}

/**
 * Was the instrument sound? Judged from the instrument alone, never from drops (design decision 9): a saturated
 * service is a result, a saturated generator is not.
 */
export function judgeValidity(plan: ScenarioPlan, record: ScenarioRecord, machine: MachineFacts): Validity {
  const checks = [
    // First, because it explains the others: where nothing was asked, nothing else says anything.
    ...measuredChecks(plan, record),
    // Without load there is no instrument that has to bear it: what counts is that there was something to count.
    ...(countsCost(plan) ? [] : loadChecks(record, machine)),
    ...keptChecks(record),
  ];
  return {
    checks: checks.map(({ check }) => check),
    invalid: checks.filter(({ check }) => !check.ok).map(({ reason }) => ({ kind: "INVALID", ...reason })),
  };
}

function loadChecks(record: ScenarioRecord, machine: MachineFacts): Judged[] {
  return [
    ...generatorChecks(record),
    ...strangersChecks(record, machine),
    ...vusChecks(record),
    ...booksChecks(record),
    ...serviceBooksChecks(record),
    ...streamChecks(record),
    ...serviceChecks(record),
    ...limitChecks(record),
  ];
}

interface Generated {
  readonly environment: Pick<ScenarioRecord["environment"], "kind">;
  readonly instrument: InstrumentRecord;
}

const GENERATOR = "generator";
const MORE_CPU = "Give k6 more CPU: fewer other programs, a core of its own, a lower rate, or a second machine.";

/** What the generator itself says, of a scenario or of one start of an A/B comparison. */
export function generatorChecks(record: Generated): Judged[] {
  const { canary, startLag, generator } = record.instrument;
  const judged: Judged[] = [];
  const add = (check: Omit<ValidityCheck, "ok">, sentence: (value: number) => string, remedy = MORE_CPU) => {
    const ok = check.value !== undefined && check.value <= check.limit;
    const said = check.value === undefined ? `${check.name}: nothing was measured` : sentence(check.value);
    judged.push({ check: { ...check, ok }, reason: { code: GENERATOR, sentence: said, remedy } });
  };
  add(
    {
      name: "canary p99",
      value: canary === undefined || canary.count === 0 ? undefined : canary.p99,
      limit: LIMITS.canaryP99Ms,
      unit: "ms",
      meaning: "what a fixed responder took, seen from the same k6 process: the floor of every latency here",
    },
    (value) => `a fixed responder took ${ms(value)} (p99) seen from k6, over the limit of ${LIMITS.canaryP99Ms} ms`,
  );
  add(
    {
      name: "canary failures",
      value: canary === undefined ? undefined : canary.failed + canary.dropped,
      limit: 0,
      unit: "count",
      meaning: "requests to the fixed responder that failed or were never sent",
    },
    (value) => `${value} requests to the fixed responder failed or were never sent`,
  );
  if (startLag !== undefined && startLag.count > 0) {
    add(
      {
        name: "start lag p99",
        value: startLag.p99,
        limit: LIMITS.startLagP99Ms,
        unit: "ms",
        meaning: "how late iterations started, until the service made k6 drop one",
      },
      (value) => `iterations started ${ms(value)} late (p99), over the limit of ${LIMITS.startLagP99Ms} ms`,
    );
  }
  const { periods = 0, throttledPeriods = 0 } = generator;
  if (periods > 0) {
    add(
      {
        name: "k6 throttled",
        value: throttledPeriods / periods,
        limit: LIMITS.throttledShare,
        unit: "ratio",
        meaning: "share of k6's scheduling periods in which its CPU quota was used up",
      },
      (value) =>
        `k6's CPU quota was used up in ${percent(value)} of its periods, over the limit of ${percent(LIMITS.throttledShare)}`,
      "Raise k6's CPU quota, or lower the rate.",
    );
  }
  add(
    {
      name: "k6 CPU",
      value: generator.cpuSeconds / (generator.wallSeconds * generator.allowedCores),
      limit: LIMITS.cpuShare,
      unit: "ratio",
      meaning: "share that k6 used of the CPU that quota and cpuset allow it",
    },
    (value) => `k6 used ${percent(value)} of the CPU that it may use, over the limit of ${percent(LIMITS.cpuShare)}`,
  );
  const foreign = foreignShare(record);
  if (foreign !== undefined) {
    add(
      {
        name: "foreign CPU",
        value: foreign,
        limit: LIMITS.foreignShare,
        unit: "ratio",
        meaning:
          "share of k6's cores that processes took which are no part of the run, while k6 had to wait for a core",
      },
      (value) => `other programs took ${percent(value)} of the CPU that k6 may use, while it waited for a core`,
      "Stop the other programs, or give k6 a core of its own.",
    );
  }
  return judged;
}

/**
 * What others took of k6's cores; 0 while k6 did not have to wait. It is what tells a busy neighbour from a busy
 * service: both make k6 wait. Unknown where the service is somebody else's process, because then it would count.
 */
function foreignShare({ environment, instrument }: Generated): number | undefined {
  const { foreignShare: share, waitSeconds, wallSeconds } = instrument.generator;
  if (share === undefined || waitSeconds === undefined || environment.kind === "url") {
    return undefined;
  }
  return waitSeconds / wallSeconds > LIMITS.waitShare ? share : 0;
}

function strangersChecks(record: ScenarioRecord, machine: MachineFacts): Judged[] {
  const share = strangersShare(record, machine);
  if (share === undefined) return [];
  return [
    {
      check: {
        name: "strangers",
        value: share,
        limit: LIMITS.strangersShare,
        unit: "ratio",
        ok: share <= LIMITS.strangersShare,
        meaning: "share of the time in which processes outside the run took more than half of the machine",
      },
      reason: {
        code: "noisy host",
        sentence: `processes outside this run took more than half of the machine for ${percent(share)} of the time`,
        remedy: "Stop the other programs, and run again.",
      },
    },
  ];
}

/** Drops are the service's, unless the plan gave k6 too few VUs to hold slow but permitted answers. */
function vusChecks(record: ScenarioRecord): Judged[] {
  return record.iterations.flatMap(({ stream, dropped, vus, vusNeeded }) =>
    vusNeeded === undefined || dropped === 0
      ? []
      : [
          {
            check: {
              name: `VUs of ${stream}`,
              value: Math.max(0, vusNeeded - vus),
              limit: 0,
              unit: "count" as const,
              ok: vus >= vusNeeded,
              meaning: "VUs missing so that every answer may take as long as its budget allows",
            },
            reason: {
              code: "too few VUs",
              sentence: `${dropped} iterations of ${stream} were dropped with ${vus} VUs, and its rate needs ${vusNeeded}`,
              remedy: `Set maxVUs (and preAllocatedVUs) to ${vusNeeded}, or lower the rate.`,
            },
          },
        ],
  );
}

function measuredChecks(plan: ScenarioPlan, record: ScenarioRecord): Judged[] {
  const measured = record.endpoints.filter((endpoint) => endpoint.phase === "measured");
  const asked = new Set(
    measured.filter((endpoint) => endpoint.requests + endpoint.dropped > 0).map((endpoint) => endpoint.endpoint),
  );
  const silent = plan.endpoints.filter((endpoint) => !asked.has(endpoint.name)).map((endpoint) => endpoint.name);
  const total = measured.reduce((sum, endpoint) => sum + endpoint.requests + endpoint.dropped, 0);
  return [
    {
      check: {
        name: "endpoints without a request",
        value: total === 0 ? Math.max(1, silent.length) : silent.length,
        limit: 0,
        unit: "count",
        ok: total > 0 && silent.length === 0,
        meaning: "planned endpoints that the scenario never asked",
      },
      reason: {
        code: "nothing measured",
        sentence:
          total === 0
            ? "the scenario made no request in its measured phase"
            : `no request was made to ${silent.join(", ")}, though the plan has them`,
        remedy: "Read k6.log: the script may have thrown, or its function never calls the endpoint.",
      },
    },
  ];
}

function booksChecks(record: ScenarioRecord): Judged[] {
  const { books, instrument } = record;
  const open = books.lines.filter((line) => line.k6 !== line.log);
  const first = open[0];
  return [
    {
      check: {
        name: "books",
        value: open.reduce((sum, line) => sum + Math.abs(line.k6 - line.log), 0),
        limit: 0,
        unit: "count",
        ok: open.length === 0 && books.lines.length > 0,
        meaning: "difference between what k6 counted and what the raw log holds, over all metrics",
      },
      reason: {
        code: "books do not close",
        sentence:
          first === undefined
            ? "k6 left no summary to hold the raw log against"
            : `k6 counted ${first.k6} ${first.metric}, the raw log holds ${first.log}`,
        remedy: "Samples were lost between k6 and the receiver: see k6.log and the free space of the run directory.",
      },
    },
    {
      check: {
        name: "damaged records",
        value: books.damaged,
        limit: 0,
        unit: "count",
        ok: books.damaged === 0,
        meaning: "acknowledged exports that cannot be read back from the raw log",
      },
      reason: {
        code: "raw log damaged",
        sentence: `${books.damaged} records of the raw log are damaged`,
        remedy: "Check the disk that holds the run directory, and run again.",
      },
    },
    {
      check: {
        name: "overflow series",
        value: instrument.overflowSeries,
        limit: 0,
        unit: "count",
        ok: instrument.overflowSeries === 0,
        meaning:
          "series that were folded together because there were too many: k6's exporter takes 2,000 of one metric",
      },
      reason: {
        code: "overflow series",
        sentence: "series were folded together: more than 2,000 distinct names or tags in one metric",
        remedy: "Give requests a stable name instead of their URL.",
      },
    },
  ];
}

function serviceBooksChecks({ books: { service } }: ScenarioRecord): Judged[] {
  if (service === undefined) return [];
  const differing = service.filter((line) => differs(line, service));
  const first = differing[0];
  return [
    {
      check: {
        name: "service's books",
        value: differing.length,
        limit: 0,
        unit: "count",
        ok: differing.length === 0,
        meaning: "endpoint and status pairs where the service counted other requests than k6 sent",
      },
      reason: {
        code: "books do not close",
        sentence:
          first === undefined
            ? ""
            : `the service answered ${first.service} requests of ${first.endpoint} with ${first.status}, k6 saw ${first.k6}`,
        remedy: "Something else talks to the service, or its counters and the target's paths do not match.",
      },
    },
  ];
}

type ServiceBooks = NonNullable<ScenarioRecord["books"]["service"]>;

/** A request that k6 gave up (status 0) may still have been answered: so much more may the service have counted. */
function differs({ endpoint, status, k6, service }: ServiceBooks[number], lines: ServiceBooks): boolean {
  if (status === "0") return false;
  const unanswered = lines.find((other) => other.endpoint === endpoint && other.status === "0")?.k6 ?? 0;
  return service < k6 || service > k6 + unanswered;
}

/**
 * Is every sample in the database, and every series in its place? A database that was away is no fault of the
 * measurement: what it lacks is still in the log. What nobody can account for is.
 */
function streamChecks({ books: { stream } }: ScenarioRecord): Judged[] {
  if (stream === undefined) return [];
  const lost = stream.lines.filter((line) => unexplained(line) !== 0);
  const first = lost[0];
  const judged: Judged[] = [
    {
      check: {
        name: "database's books",
        value: lost.reduce((sum, line) => sum + Math.abs(unexplained(line)), 0),
        limit: 0,
        unit: "count",
        ok: lost.length === 0,
        meaning: "samples that k6 counted and that are neither in the database nor rejected nor in the log",
      },
      reason: {
        code: "not every sample is in the database",
        sentence:
          first === undefined
            ? ""
            : `k6 counted ${first.sent} ${first.metric}, the database holds ${first.written}, rejected ${first.rejected}, and ${first.pending} are still in the log`,
        remedy: "Somebody else writes to this run or deletes from it, or the database lost what it had taken.",
      },
    },
  ];
  const { overflow } = stream;
  if (overflow !== undefined) {
    const tags = overflow.tags.map(({ tag, values, examples }) => `${values} more of ${tag} (${examples.join(", ")})`);
    judged.push({
      check: {
        name: "series in the database",
        value: overflow.series,
        limit: 0,
        unit: "count",
        ok: false,
        meaning: "series that found no room of their own: they were added up under __other__",
      },
      reason: {
        code: "too many series",
        sentence: `${overflow.series} series found no room in the database${tags.length === 0 ? "" : `: ${tags.join("; ")}`}`,
        remedy: "Give requests, checks and metrics a stable name instead of a URL or an id.",
      },
    });
  }
  return judged;
}

/** Of a scenario, or of a comparison. */
export function serviceChecks({
  instrument: { serviceMode },
}: {
  readonly instrument: Pick<InstrumentRecord, "serviceMode">;
}): Judged[] {
  return serviceMode.length === 0
    ? []
    : [
        {
          check: {
            name: "production build",
            value: serviceMode.length,
            limit: 0,
            unit: "count",
            ok: false,
            meaning: "signs that the service does not run as in production",
          },
          reason: {
            code: "not a production build",
            sentence: `the service does not run as in production: ${serviceMode.join("; ")}`,
            remedy: "Start it with NODE_ENV=production, without an inspector, and with debug logging off.",
          },
        },
      ];
}

/** What the script asked elsewhere was not measured, and its failures are not the service's. */
function keptChecks({ outcome }: ScenarioRecord): Judged[] {
  const { keptFrom } = outcome;
  if (keptFrom === undefined || keptFrom.length === 0) return [];
  const times = keptFrom.reduce((sum, one) => sum + one.times, 0);
  const places = keptFrom.map((one) => `${one.where} (${one.times}×)`).join(", ");
  return [
    {
      check: {
        name: "connections that are not allowed",
        value: times,
        limit: 0,
        unit: "count",
        ok: false,
        meaning: "times that k6 was kept from an address outside the allow-list",
      },
      reason: {
        code: "load not allowed",
        sentence: `k6 was kept from ${places}: load goes to the service's own address and to what the configuration allows`,
        remedy: "Take these requests out of the script, or name the host in `allow.hosts` of the configuration.",
      },
    },
  ];
}

function ms(value: number): string {
  return `${Number(value.toPrecision(3))} ms`;
}

function percent(value: number): string {
  return `${Number((value * 100).toPrecision(3))} %`;
}
