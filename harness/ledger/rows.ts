import { z } from "zod";
import type { MicroRecord } from "../collect/micro-record.ts";
import { planSchema } from "../collect/plan-schema.ts";
import type { ScenarioRecord } from "../collect/record.ts";
import { commitSchema, recordSchema } from "../collect/record-schema.ts";
import { ProofloadError } from "../errors.ts";
import { sha256 } from "../load/workload-hash.ts";
import { canonicalText } from "../plan/differences.ts";
import { likenessOf, type StoredRun } from "../verdict/comparable.ts";
import { microFigures, type RunFigure, scenarioFigures } from "../verdict/run-figures.ts";
import { capacityPart } from "./capacity-part.ts";
import type { LedgerEntry } from "./entry.ts";

type Row = Readonly<Record<string, string | number | null>>;

/** What an entry is in the database: rows by table, all of them made from its content alone. */
export interface EntryRows {
  readonly runs: readonly Row[];
  readonly parts: readonly Row[];
  readonly figures: readonly Row[];
  readonly histograms: readonly Row[];
}

/** Read loosely: a verdict of another version of proofload still says which one it is. */
const verdictOfRun = z.object({
  kind: z.string(),
  sentence: z.string(),
  scenarios: z.array(z.object({ scenario: z.string(), kind: z.string() })),
  micro: z.array(z.object({ subject: z.string(), kind: z.string() })).optional(),
});
const verdictOfOther = z.object({ kind: z.string().optional(), sentence: z.string().optional() });
const recordOfOther = z.object({
  runId: z.string(),
  createdAt: z.iso.datetime(),
  proofloadVersion: z.string().optional(),
  target: z.string().optional(),
  scenario: z.string().optional(),
  sharedHost: z.boolean().optional(),
  commit: commitSchema.optional(),
  sides: z.object({ head: z.object({ commit: commitSchema.optional() }) }).optional(),
});

/** Throws PL_LEDGER, saying which field, when the entry is none of this version of proofload. */
export function rowsOfEntry(entry: LedgerEntry, hash: string): EntryRows {
  return entry.kind === "run" ? rowsOfRun(entry, hash) : rowsOfOther(entry, hash);
}

/** Plan and record of an entry that is a run, checked. Throws PL_LEDGER. */
export function storedRunOf({ id, plan, record }: LedgerEntry): StoredRun {
  return { plan: checked(planSchema, plan, `${id}: plan`), record: checked(recordSchema, record, `${id}: record`) };
}

function rowsOfRun(entry: LedgerEntry, hash: string): EntryRows {
  const { record } = storedRunOf(entry);
  const verdict = checked(verdictOfRun, entry.verdict, `${entry.id}: verdict`);
  const { id } = entry;
  const parts = [
    ...record.scenarios.map((part) => ({
      part,
      kind: "scenario",
      verdict: verdict.scenarios.find(({ scenario }) => scenario === part.name)?.kind,
      environment: part.environment.kind,
      figures: scenarioFigures(part),
      histograms: histogramsOf(part),
    })),
    ...(record.micro ?? []).map((part: MicroRecord) => ({
      part,
      kind: "micro",
      verdict: verdict.micro?.find(({ subject }) => subject === part.name)?.kind,
      environment: "process",
      figures: microFigures(part),
      histograms: [],
    })),
  ];
  return {
    runs: [
      {
        id,
        kind: entry.kind,
        created_at: record.createdAt,
        suite: record.suite,
        proofload_version: record.proofloadVersion,
        ...commitColumns(record.commit),
        shared_host: Number(record.sharedHost),
        verdict: verdict.kind,
        sentence: verdict.sentence,
        hash,
      },
    ],
    parts: parts.map(({ part, kind, environment, verdict: kindOfVerdict }) => {
      const likeness = canonicalText(likenessOf(record, part));
      return {
        run: id,
        part: part.name,
        kind,
        target: part.target,
        environment,
        verdict: kindOfVerdict ?? null,
        fingerprint: sha256(likeness),
        likeness,
      };
    }),
    figures: parts.flatMap(({ figures }) => figures.flatMap((figure) => figureRow(id, figure))),
    histograms: parts.flatMap(({ part, histograms }) =>
      histograms.map(({ endpoint, histogram }) => ({
        run: id,
        part: part.name,
        subject: endpoint,
        data: canonicalText(histogram),
      })),
    ),
  };
}

/** A comparison has figures of its own, which are no part of any series; a search for capacity has one, its answer. */
function rowsOfOther(entry: LedgerEntry, hash: string): EntryRows {
  const record = checked(recordOfOther, entry.record, `${entry.id}: record`);
  const verdict = checked(verdictOfOther, entry.verdict ?? entry.record, `${entry.id}: verdict`);
  const { id, kind } = entry;
  const part = record.scenario ?? kind;
  const found = kind === "capacity" ? capacityPart(entry) : undefined;
  return {
    runs: [
      {
        id,
        kind,
        created_at: record.createdAt,
        suite: kind,
        proofload_version: record.proofloadVersion ?? "unknown",
        ...commitColumns(record.commit ?? record.sides?.head.commit),
        shared_host: Number(record.sharedHost ?? false),
        verdict: verdict.kind ?? "unknown",
        sentence: verdict.sentence ?? "",
        hash,
      },
    ],
    parts: [
      {
        run: id,
        part,
        kind,
        target: record.target ?? "unknown",
        environment: found?.environment ?? null,
        verdict: verdict.kind ?? null,
        fingerprint: found?.fingerprint ?? null,
        likeness: found?.likeness ?? null,
      },
    ],
    figures:
      found === undefined
        ? []
        : [
            {
              run: id,
              part,
              subject_kind: "scenario",
              subject: part,
              metric: "capacity",
              statistic: "value",
              lower: found.lower,
              upper: found.upper,
              count: found.count,
            },
          ],
    histograms: [],
  };
}

function commitColumns(commit: StoredRun["record"]["commit"]): Row {
  return {
    commit_sha: commit?.sha ?? null,
    commit_time: commit?.time ?? null,
    branch: commit?.branch ?? null,
    dirty: commit === undefined ? null : Number(commit.dirty),
  };
}

function figureRow(run: string, { part, subject, metric, statistic, measured, count }: RunFigure): Row[] {
  if (measured === undefined) return [];
  const [lower, upper] = "value" in measured ? [measured.value, measured.value] : [measured.lower, measured.upper];
  if (Number.isNaN(lower) || Number.isNaN(upper)) return [];
  return [{ run, part, subject_kind: subject.kind, subject: subject.name, metric, statistic, lower, upper, count }];
}

function histogramsOf(part: ScenarioRecord) {
  return part.endpoints.flatMap(({ endpoint, phase, histogram }) =>
    phase === "measured" && histogram !== undefined && histogram.count > 0 ? [{ endpoint, histogram }] : [],
  );
}

function checked<Value>(schema: z.ZodType<Value>, data: unknown, what: string): Value {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProofloadError(
    "PL_LEDGER",
    `${what}${issue === undefined || issue.path.length === 0 ? "" : `.${issue.path.join(".")}`}: ${issue?.message}`,
  );
}
