import { describe, expect, it } from "vitest";
import { ProofloadError } from "../errors.ts";
import type { Configuration, TargetDefinition } from "./definition.ts";
import type { Plan } from "./plan.ts";
import { readConfiguration } from "./read-configuration.ts";
import { readPlan } from "./read-plan.ts";
import { sampleService } from "./sample-service.ts";

const target: TargetDefinition = {
  name: "shop",
  title: "Shop",
  specification: "shop.md",
  service: sampleService,
  profile: { name: "small", cpus: 2, memoryGiB: 4 },
  data: { seed: 1 },
  classes: {
    read: { title: "Reads", budgets: [{ limit: "p95 of latency < 100 ms, max 500 ms", source: "A-1" }] },
    slow: { title: "Slow", budgets: [{ limit: "p95 of latency < 5 s, max 10 s", source: "A-2" }] },
  },
  endpoints: {
    "cart.read": { method: "GET", path: "/cart", class: "read" },
    "cart.pay": { method: "POST", path: "/cart/pay", class: "slow" },
  },
  scenarios: {
    browse: {
      title: "Browse",
      script: "browse.ts",
      warmup: "2s",
      streams: {
        read: { exec: "read", load: { model: "open", rate: 20, duration: "10s" }, calls: { "cart.read": 1 } },
        pay: {
          exec: "pay",
          load: { model: "open", rate: 2, duration: "10s" },
          calls: { "cart.read": 1, "cart.pay": 1 },
        },
      },
      budgets: [{ limit: "error_rate < 0.1 %", source: "A-3" }],
    },
  },
  requirements: [{ id: "A-1", promise: "reads are fast", measuredBy: "browse" }],
};
const configuration: Configuration = { targets: [target], suites: { quick: ["browse"] } };
const plan = (config: Configuration, ...what: string[]) =>
  readPlan(config, {
    what,
    runId: "r1",
    createdAt: "2026-01-01T00:00:00Z",
    environment: { kind: "embedded" },
    resolvePath: (path) => `/here/${path}`,
  });
const problemsOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    if (error instanceof ProofloadError) {
      return error.problems.map((problem) => `${problem.where}: ${problem.what}`);
    }
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("readPlan", () => {
  it("gives every stream the VUs that its rate needs while answers take as long as their budgets allow", () => {
    const [scenario] = plan(configuration, "quick").scenarios;
    expect(scenario?.streams.map((stream) => stream.measured)).toEqual([
      { model: "open", rate: 20, seconds: 10, vus: 30 },
      { model: "open", rate: 2, seconds: 10, vus: 23 },
    ]);
  });

  it("drives the warm-up with the same load, and with fewer VUs in reserve", () => {
    const [scenario] = plan(configuration, "browse").scenarios;
    expect(scenario?.streams[0]?.warmup).toEqual({ model: "open", rate: 20, seconds: 2, vus: 12 });
    expect(scenario?.warmupSeconds).toBe(2);
    expect(scenario?.measuredSeconds).toBe(10);
  });

  it("names the nearest suite or scenario when a name is unknown", () => {
    expect(() => plan(configuration, "brwose")).toThrow(ProofloadError);
    try {
      plan(configuration, "brwose");
    } catch (error) {
      expect(error instanceof ProofloadError && error.problems[0]?.instead).toMatch(/^"browse"/);
    }
  });

  it("reports all problems at once, each with its place", () => {
    const broken: Configuration = {
      ...configuration,
      targets: [
        {
          ...target,
          classes: {
            ...target.classes,
            read: { title: "R", budgets: [{ limit: "p95 of latencyy < 1 ms", source: "A-1" }] },
          },
          scenarios: {
            browse: {
              ...(target.scenarios["browse"] as TargetDefinition["scenarios"][string]),
              warmup: "soon",
              budgets: [{ limit: "error_rate < 5 parsecs", source: "A-3" }],
              streams: {
                read: { exec: "read", load: { model: "open", rate: 20, duration: "ten" }, calls: { "cart.raed": 1 } },
                pay: {
                  exec: "pay",
                  load: { model: "open", rate: 2000, duration: "9s" },
                  calls: { "cart.pay": 1, "cart.read": 1 },
                },
              },
            },
          },
        },
      ],
    };
    const problems = problemsOf(() => plan(broken, "browse")).join("\n");
    expect(problems).toContain('"soon" is not a duration');
    expect(problems).toContain('"ten" is not a duration');
    expect(problems).toContain('has no endpoint "cart.raed"');
    expect(problems).toContain('no metric "latencyy"');
    expect(problems).toContain("is not a quantity");
    expect(problems).toContain("may need 26000 VUs");
  });

  it("refuses a budget that stands where its metric is not measured", () => {
    const scenario = target.scenarios["browse"] as TargetDefinition["scenarios"][string];
    const misplaced = {
      ...configuration,
      targets: [
        { ...target, scenarios: { browse: { ...scenario, budgets: [{ limit: "ttft < 1 s", source: "A-9" }] } } },
      ],
    };
    expect(problemsOf(() => plan(misplaced, "browse"))).toEqual([
      'target "shop", scenario "browse": budgets (A-9): ttft is measured once per endpoint',
    ]);
  });
});

describe("readConfiguration", () => {
  it("accepts what the types accept", () => {
    expect(readConfiguration(configuration, "proofload.config.ts")).toEqual(configuration);
  });

  it("names the field that nobody reads, and every other problem, by the target's name", () => {
    const problems = problemsOf(() =>
      readConfiguration(
        { targets: [{ ...target, profil: {}, name: "Shop" }], suites: { quick: [] } },
        "proofload.config.ts",
      ),
    ).join("\n");
    expect(problems).toContain("profil");
    expect(problems).toContain("lower-case");
    expect(problems).toContain("suites.quick");
  });

  it("says so when the file exports nothing", () => {
    expect(problemsOf(() => readConfiguration(undefined, "proofload.config.ts"))).toHaveLength(1);
  });
});

describe("the hardware of a run", () => {
  const browse = target.scenarios["browse"] ?? { title: "", script: "", warmup: "0s", streams: {}, budgets: [] };
  const large = { name: "large", cpus: 16, memoryGiB: 32 };
  const two: Configuration = {
    targets: [
      { ...target, name: "warehouse", profile: { ...large, name: "rack" }, scenarios: { pack: browse } },
      target,
    ],
    suites: { all: ["pack", "browse"] },
    profiles: { large },
  };
  const chosen = (
    profile?: { name?: string; scale: boolean },
    environment: Plan["environment"] = { kind: "containers" },
  ) =>
    readPlan(two, {
      what: ["all"],
      runId: "r1",
      createdAt: "2026-01-01T00:00:00Z",
      environment,
      resolvePath: (path) => path,
      ...(profile === undefined ? {} : { profile }),
    }).hardware;

  it("is the smallest that its targets declare, whatever the machine is", () => {
    expect(chosen()).toEqual({ profile: target.profile, scale: false, asked: false });
  });

  it("is the one that was asked for: of the configuration or of a target", () => {
    expect(chosen({ name: "large", scale: true })).toEqual({ profile: large, scale: true, asked: true });
    expect(chosen({ name: "rack", scale: false })?.profile.cpus).toBe(16);
    expect(problemsOf(() => chosen({ name: "larg", scale: false }))).toEqual([
      '--profile: there is no hardware profile named "larg"',
    ]);
  });

  it("is nobody's to choose for a service that runs already", () => {
    expect(chosen(undefined, { kind: "url", url: "http://127.0.0.1:1" })).toBeUndefined();
  });
});
