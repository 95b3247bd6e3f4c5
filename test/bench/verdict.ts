/**
 * `npm run bench:verdict [-- sim|aa|detect|soak|capacity|validity …] [--json] [--minutes 80] [--fresh] [--record]`: what is
 * behind the claims about verdicts. A part measures what its study does not hold yet, for at most so many minutes, and
 * goes on where it stopped when it is called again; without a part the stored figures are printed, with their date and
 * commit: what was measured here last, else what the repository holds. `--record` puts the figures of the parts that are
 * asked for into the repository, and measures nothing. Seeds are fixed. Exit code 1: something measured misses its limit.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { commitOf } from "../../harness/commands/commit.ts";
import { machineLabel } from "../../harness/report/view.ts";
import { openStudy, readStudies, STUDIES_DIRECTORY, type StoredStudy } from "../../harness/studies.ts";
import type { PartSummary, SummaryLine, VerdictPart } from "./verdict/part.ts";
import { PARTS } from "./verdict/parts.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const STUDIES = join(ROOT, STUDIES_DIRECTORY);
/** In the repository, so that a clean clone prints figures and its tests decide them again. */
const RECORDED = join(ROOT, "test", "fixtures", "verdict");

const USAGE = `npm run bench:verdict [-- PART …] [--json] [--minutes 80] [--fresh] [--record]

Parts: ${Object.keys(PARTS).join(", ")}. Without one, all stored figures are printed.

  --json      the figures for a machine
  --minutes   for how long a part may measure; the next call goes on
  --fresh     begin a part anew
  --record    put what a part measured here into the repository; measures nothing
`;

const { values: flags, positionals: asked } = readArguments();
const minutes = Number(flags.minutes);
if (flags.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const unknown = asked.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) refuse(`There is no part ${unknown.join(", ")}.`);
if (!(minutes > 0)) refuse(`--minutes is no number: ${flags.minutes}.`);

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        minutes: { type: "string", default: "80" },
        fresh: { type: "boolean", default: false },
        record: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
}

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${USAGE}`);
  process.exit(4);
}

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.once("SIGTERM", () => interrupted.abort());

for (const name of asked) await (flags.record ? record(name) : measure(name));
const summaries = await Promise.all((asked.length > 0 ? asked : Object.keys(PARTS)).map(summarised));
process.stdout.write(flags.json ? jsonOf(summaries) : summaries.map(textOf).join("\n"));
process.exitCode = summaries.some(({ summary }) => summary?.lines.some(({ ok }) => ok === false)) ? 1 : 0;

async function measure(name: string): Promise<void> {
  const part = await partOf(name);
  const commit = await commitOf(ROOT);
  const study = await openStudy<unknown>({
    root: STUDIES,
    name,
    settings: part.settings,
    fresh: flags.fresh,
    now: Date.now,
    ...(commit === undefined ? {} : { commit }),
  });
  const note = (text: string) => process.stderr.write(`${name}: ${text}\n`);
  if (study.results.length > 0)
    note(`going on after ${study.results.length} results, ${part.left(study.results)} left`);
  await part.run(study, { until: Date.now() + minutes * 60_000, note, signal: interrupted.signal });
  if (part.left(study.results) === 0) await study.finish();
}

/** In place of what the repository holds of this part. */
async function record(name: string): Promise<void> {
  const [part, study] = [await partOf(name), await newest(STUDIES, name)];
  if (study === undefined) {
    process.stderr.write(`${name}: nothing is measured here yet\n`);
    return;
  }
  const results = part.recorded?.(study.results) ?? study.results;
  const folder = join(RECORDED, name);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${study.id}.json`), `${JSON.stringify({ ...study, results }, nameless)}\n`);
}

/** What is put into the repository says how large the machine was, and not whose. */
function nameless(key: string, value: unknown): unknown {
  return key === "cpuModel" || key === "kernel" ? "shared" : value;
}

async function partOf(name: string): Promise<VerdictPart<unknown>> {
  const load = PARTS[name];
  if (load === undefined) throw new TypeError(`there is no part ${name}`);
  return load();
}

interface Summarised {
  readonly name: string;
  readonly title: string;
  readonly left: number;
  /** Absent: nothing is stored. */
  readonly study?: StoredStudy<unknown>;
  readonly summary?: PartSummary;
}

async function summarised(name: string): Promise<Summarised> {
  const part = await partOf(name);
  const study = (await newest(STUDIES, name)) ?? (await newest(RECORDED, name));
  const left = part.left(study?.results ?? []);
  if (study === undefined) return { name, title: part.title, left };
  return { name, title: part.title, left, study, summary: part.summary(study.results) };
}

async function newest(root: string, name: string): Promise<StoredStudy<unknown> | undefined> {
  return (await readStudies(root, name)).findLast(({ results }) => results.length > 0);
}

function textOf({ name, title, left, study, summary }: Summarised): string {
  if (study === undefined || summary === undefined) {
    return `${name} · ${title}\n  not measured yet: npm run bench:verdict -- ${name}\n`;
  }
  const { commit, updatedAt, machine } = study;
  const of =
    commit === undefined ? "" : `, commit ${commit.sha.slice(0, 12)}${commit.dirty ? " with local changes" : ""}`;
  const missing = left === 0 ? "" : `; ${left} still to measure`;
  return [
    `${name} · ${title}`,
    `  measured ${updatedAt.slice(0, 16).replace("T", " ")} UTC${of}, on ${machineLabel({ machine })}${missing}`,
    ...summary.lines.map(lineText),
    "",
  ].join("\n");
}

function lineText({ text, limit, ok }: SummaryLine): string {
  const sign = ok === undefined ? " " : ok ? "✓" : "✗";
  return `  ${sign} ${text}${limit === undefined ? "" : ` (limit: ${limit})`}`;
}

/** The two figures that everybody asks for stand on top; null until they are measured. */
function jsonOf(parts: readonly Summarised[]): string {
  const figure = (part: string, key: string) => parts.find(({ name }) => name === part)?.summary?.json[key] ?? null;
  const json = {
    falseAlarmRate: figure("aa", "falseAlarmRate"),
    powerAt10: figure("detect", "powerAt10"),
    parts: Object.fromEntries(
      parts.map(({ name, left, study, summary }) => [
        name,
        study === undefined
          ? null
          : { ...summary, left, measuredAt: study.updatedAt, commit: study.commit ?? null, machine: study.machine },
      ]),
    ),
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}
