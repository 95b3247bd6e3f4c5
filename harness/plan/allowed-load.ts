import type { Problem } from "../errors.ts";
import { covers, LOOPBACK, parseAddress, parseRange } from "./addresses.ts";
import type { AllowedLoad } from "./definition.ts";
import type { PeakLoad, PhaseLoad, ScenarioPlan } from "./plan.ts";
import { parseDuration } from "./quantity.ts";

/** How much load may leave this machine. */
export interface LoadCaps {
  readonly vus: number;
  /** Requests per second. */
  readonly rate: number;
  /** Of one scenario with its warm-up. */
  readonly seconds: number;
}

/** What a configuration that names hosts and no caps allows: enough to try, too little to hurt. */
const DEFAULT_CAPS = { maxVus: 100, maxRate: 100, maxDuration: "10m" } as const;

/** Wider ranges have many owners. */
const WIDEST = { 4: 8, 6: 32 } as const;
const NAME =
  /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*(?!0x)(?=[^.]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i;

/** Why this is no entry of `allow.hosts`, and what to type instead; undefined when it is one. */
export function hostProblem(entry: string): string | undefined {
  const range = parseRange(entry);
  if (range !== undefined) {
    const widest = WIDEST[range.version];
    return range.prefix < widest ? `"${entry}" is too wide: type /${widest} or narrower` : undefined;
  }
  if (NAME.test(entry)) return undefined;
  return `"${entry}" is no host; type a name (staging.example.com), an address (10.1.2.3) or a range (10.1.0.0/16)`;
}

/** Is this address of a service one of this machine, by its text alone? */
export function isThisMachine(url: URL): boolean {
  const host = bareHost(url);
  const address = parseAddress(host);
  return address === undefined ? /^(?:.+\.)?localhost\.?$/i.test(host) : covers(LOOPBACK, address);
}

/** Without the brackets of IPv6. */
export function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/**
 * The caps of a run against this address; undefined where load stays on this machine, which may be driven to its end:
 * for its own addresses, and where the configuration names no host at all.
 */
export function capsOf(url: string | undefined, allow: AllowedLoad | undefined): LoadCaps | undefined {
  if (url === undefined || allow === undefined || allow.hosts.length === 0) return undefined;
  if (URL.canParse(url) && isThisMachine(new URL(url))) return undefined;
  const duration = parseDuration(allow.maxDuration ?? DEFAULT_CAPS.maxDuration);
  return {
    vus: allow.maxVus ?? DEFAULT_CAPS.maxVus,
    rate: allow.maxRate ?? DEFAULT_CAPS.maxRate,
    // A text that is none has been refused with the configuration.
    seconds: duration.ok ? duration.value : 0,
  };
}

/** Everything in which these scenarios ask for more than they may. */
export function capProblems(scenarios: readonly ScenarioPlan[], caps: LoadCaps | undefined): Problem[] {
  if (caps === undefined) return [];
  return scenarios.flatMap((scenario) => {
    const { vus, rate = 0, seconds } = scenario.peak ?? peakOf(scenario);
    const over = (asked: number, cap: number, unit: string, option: keyof typeof DEFAULT_CAPS): Problem[] =>
      asked <= cap
        ? []
        : [
            {
              what: `${Number(asked.toPrecision(6))} ${unit} are more than the ${cap} that may leave this machine`,
              where: `scenario "${scenario.name}"`,
              instead: `less, or a higher allow.${option} in the configuration`,
            },
          ];
    return [
      ...over(vus, caps.vus, "VUs", "maxVus"),
      ...over(rate, caps.rate, "requests/s", "maxRate"),
      ...over(seconds, caps.seconds, "s", "maxDuration"),
    ];
  });
}

function peakOf({ streams, warmupSeconds, measuredSeconds }: ScenarioPlan): PeakLoad {
  const sum = (of: (load: PhaseLoad, calls: number) => number) => {
    const phase = (which: "warmup" | "measured") =>
      streams.reduce((total, stream) => {
        const load = stream[which];
        const calls = Object.values(stream.calls).reduce((all, one) => all + one, 0);
        return load === undefined ? total : total + of(load, Math.max(1, calls));
      }, 0);
    return Math.max(phase("warmup"), phase("measured"));
  };
  return {
    vus: sum(vusOf),
    rate: sum((load, calls) => rateOf(load) * calls),
    seconds: warmupSeconds + measuredSeconds,
  };
}

function vusOf(load: PhaseLoad): number {
  if (load.model === "one-at-a-time") return 1;
  if (load.model === "closed" || load.model === "iterations") return load.users;
  return load.model === "closed-ramp" ? Math.max(...load.stages.map((stage) => stage.users)) : load.vus;
}

/** What a closed load sends depends on the answers: k6 is held to the cap while it runs. */
function rateOf(load: PhaseLoad): number {
  if (load.model === "open") return load.rate;
  return load.model === "open-ramp" ? Math.max(load.startRate, ...load.stages.map((stage) => stage.rate)) : 0;
}
