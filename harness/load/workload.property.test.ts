import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differencesBetween } from "../plan/differences.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { workloadOf } from "../plan/workload.ts";
import { samplePlan } from "../report/sample-plan.ts";
import { bundleScenario } from "./bundle.ts";
import { moduleHash, workloadHash } from "./workload-hash.ts";

const [sample] = samplePlan().scenarios;
if (sample === undefined) throw new TypeError("the sample has no scenario");
const plan: ScenarioPlan = sample;
const SCRIPTS = new URL("../../scenarios/", import.meta.url);

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "workload-"));
  script = join(folder, "scenario.ts");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The hash of a plan whose script is this text; the same file every time, as a user edits one. */
async function hashOf(text: string, change: Partial<ScenarioPlan> = {}): Promise<string> {
  await writeFile(script, text);
  const scenario = { ...plan, script, ...change };
  const { scriptHash } = await bundleScenario(scenario, folder);
  return workloadHash(workloadOf(scenario), scriptHash).hash;
}

interface Form {
  readonly names: readonly string[];
  readonly comment: string;
  readonly blank: string;
}

/** One program in many forms: names of its locals, comments and white space are free, what it does is not. */
function program({ names, comment, blank }: Form, thinkSeconds = 1.5, path = "/api/projects"): string {
  const [first, second, third, helper] = names;
  return [
    `import http from "k6/http";${blank}// ${comment}`,
    'import { sleep } from "k6";',
    `function ${helper}(${first}) {${blank}/* ${comment} */ return${blank}${first} * 2 +${blank}1; }`,
    `export function mix(data) {${blank}`,
    `  const ${second} = http.get(data.url + ${JSON.stringify(path)});`,
    `${blank}for (let ${third} = 0; ${third} < ${helper}(3); ${third} += 1) {${blank}// ${comment}`,
    `    if (${second}.status === ${third}) throw new Error("${"bad"}");`,
    `  }${blank}`,
    `  sleep(${thinkSeconds});`,
    "}",
  ].join("\n");
}

const identifier = fc.stringMatching(/^[a-z_$][a-zA-Z0-9_$]{0,12}$/).filter((name) => !TAKEN.has(name));
const TAKEN = new Set(
  "http sleep data mix export default Error break case catch class const continue debugger delete do else enum eval false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield await arguments async of undefined".split(
    " ",
  ),
);
const form: fc.Arbitrary<Form> = fc.record({
  names: fc.uniqueArray(identifier, { minLength: 4, maxLength: 4 }),
  comment: fc.stringMatching(/^[ -.0-~]{0,40}$/).filter((text) => !text.includes("*/")),
  blank: fc.stringMatching(/^[ \t\n]{0,5}$/).map((text) => `\n${text}`),
});

describe("the workload of a scenario", () => {
  it("is the same however its script is written: comments, white space and names of locals are free", async () => {
    const same = new Set<string>();
    await fc.assert(
      fc.asyncProperty(form, async (one) => {
        // `return` ends at a line break, so that one blank has to be a space.
        same.add(await hashOf(program(one).replace(/return\s+/, "return ")));
        expect(same.size).toBe(1);
      }),
      { numRuns: 150 },
    );
  });

  it("changes with the script's think time, path and status", async () => {
    const one: Form = { names: ["a", "b", "c", "d"], comment: "", blank: " " };
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 60, noNaN: true }), fc.webPath(), async (seconds, path) => {
        fc.pre(seconds !== 1.5 || path !== "/api/projects");
        expect(await hashOf(program(one, seconds, path))).not.toBe(await hashOf(program(one)));
      }),
      { numRuns: 50 },
    );
  });

  it("is that of the script alone: a real scenario with a comment after every line, copied elsewhere", async () => {
    const file = new URL("lib/random.ts", SCRIPTS);
    const text = await readFile(file, "utf8");
    const commented = text.replaceAll(/;\n/g, "; // a word about it\n");
    expect(commented).not.toBe(text);
    const copy = join(folder, "copy.ts");
    await writeFile(copy, commented);
    expect(await moduleHash(copy)).toBe(await moduleHash(file.pathname));
  });

  const [stream] = plan.streams;
  const [endpoint, ...others] = plan.endpoints;
  if (stream === undefined || endpoint === undefined) throw new TypeError("the sample is empty");
  const seconds = fc.integer({ min: 61, max: 10_000 });
  const text = fc.string({ minLength: 1 });
  const changes: Readonly<Record<string, fc.Arbitrary<Partial<ScenarioPlan>>>> = {
    rate: fc.integer({ min: 201, max: 99_999 }).map((rate) => ({
      streams: [{ ...stream, measured: { model: "open", rate, seconds: 60, vus: 300 } }],
    })),
    duration: seconds.map((measuredSeconds) => ({ measuredSeconds })),
    "warm-up": seconds.map((warmupSeconds) => ({ warmupSeconds })),
    model: fc.constant({ streams: [{ ...stream, measured: { model: "closed", users: 300, seconds: 60 } }] }),
    mix: fc
      .double({ min: 0.51, max: 1, noNaN: true })
      .map((share) => ({ streams: [{ ...stream, calls: { ...stream.calls, "projects.list": share } }] })),
    function: text.map((name) => ({ streams: [{ ...stream, exec: `other_${name}` }] })),
    path: text.map((path) => ({ endpoints: [{ ...endpoint, path: `/x/${path}` }, ...others] })),
    method: fc.constant({ endpoints: [{ ...endpoint, method: "GET" as const }, ...others] }),
    endpoints: fc.constant({ endpoints: others }),
    seed: fc.integer({ min: 8 }).map((seed) => ({ data: { ...plan.data, seed } })),
    data: fc.integer({ min: 1001 }).map((users) => ({ data: { ...plan.data, users } })),
    parameter: fc.integer({ min: 101 }).map((sessions) => ({ params: { sessions } })),
    setting: text.map((value) => ({ settings: { RATE_LIMIT_PER_MINUTE: `more ${value}` } })),
  };

  it.each(Object.entries(changes))("changes with its %s, and the field is named", (_, change) => {
    fc.assert(
      fc.property(change, (changed) => {
        const [before, after] = [workloadOf(plan), workloadOf({ ...plan, ...changed })];
        expect(workloadHash(after, "s").hash).not.toBe(workloadHash(before, "s").hash);
        expect(differencesBetween(before, after).length).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  it("does not change with what is only said or judged: titles, budgets, classes, VUs, the declared hardware", () => {
    const said: ScenarioPlan = {
      ...plan,
      title: "other",
      budgets: [],
      profile: { name: "large", cpus: 64, memoryGiB: 256 },
      script: "/elsewhere/load.ts",
      streams: [{ ...stream, vusNeeded: 1, measured: { model: "open", rate: 200, seconds: 60, vus: 900 } }],
      endpoints: plan.endpoints.map((one) => ({ ...one, budgets: [], class: "x", classTitle: "x" })),
    };
    expect(differencesBetween(workloadOf(plan), workloadOf(said))).toEqual([]);
    expect(workloadHash(workloadOf(said), "s")).toEqual(workloadHash(workloadOf(plan), "s"));
  });

  it("has one hash, whatever the order of its fields", () => {
    const shuffled = Object.fromEntries(Object.entries(workloadOf(plan)).reverse());
    expect(workloadHash(shuffled, "s")).toEqual(workloadHash(workloadOf(plan), "s"));
  });
});

describe("the differences of two trees", () => {
  const tree = fc.jsonValue({ maxDepth: 4 });
  it("are none between a tree and its copy, and mirror each other", () => {
    fc.assert(
      fc.property(tree, tree, (left, right) => {
        expect(differencesBetween(left, JSON.parse(JSON.stringify(left)))).toEqual([]);
        const mirrored = differencesBetween(right, left).map(({ field, left, right }) => ({
          field,
          left: right,
          right: left,
        }));
        expect(differencesBetween(left, right)).toEqual(mirrored);
        expect(differencesBetween(left, right).length === 0).toBe(
          JSON.stringify(sorted(left)) === JSON.stringify(sorted(right)),
        );
      }),
    );
  });

  function sorted(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    // A list is a tree whose fields are numbers.
    return Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, child]) => [name, sorted(child)]);
  }
});
