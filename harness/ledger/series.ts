import { quantileBounds } from "../collect/histogram.ts";
import type { HistogramRecord } from "../collect/record.ts";
import { sha256 } from "../load/workload-hash.ts";
import { canonicalText } from "../plan/differences.ts";
import type { MetricName, Statistic } from "../plan/metrics.ts";
import type { Series, SeriesPoint } from "../verdict/trend.ts";
import type { Ledger } from "./ledger.ts";

export interface SeriesFilter {
  /** Scenarios and micro-benchmarks. */
  readonly scenario?: readonly string[] | undefined;
  /** Endpoints and benches. */
  readonly endpoint?: readonly string[] | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly branch?: string | undefined;
  /** The newest of each series. */
  readonly last: number;
  /** Without those of whole distributions. */
  readonly scalarsOnly?: boolean;
}

/** An old series on few points is none; three and three are the fewest between which a change can be seen. */
const FEWEST = 2;

interface PointRow {
  readonly run: string;
  readonly part: string;
  readonly subject_kind: "endpoint" | "scenario" | "bench";
  readonly subject: string;
  readonly target: string;
  readonly environment: string;
  readonly fingerprint: string;
  readonly created_at: string;
  readonly commit_sha: string | null;
  readonly commit_time: string | null;
  readonly branch: string | null;
  readonly dirty: number | null;
}

interface FigureRow extends PointRow {
  readonly metric: MetricName;
  readonly statistic: Statistic;
  readonly lower: number;
  readonly upper: number;
}

interface HistogramRow extends PointRow {
  readonly data: string;
}

/** Of sound runs only: figures of an INVALID one prove nothing. By commit, then by run, as a reader of the log would. */
const FROM = `parts p ON p.run = f.run AND p.part = f.part JOIN runs r ON r.id = f.run
  WHERE p.verdict IS NOT 'INVALID' AND p.fingerprint IS NOT NULL`;
const COLUMNS =
  "f.run, f.part, f.subject, p.target, p.environment, p.fingerprint, r.created_at, r.commit_sha, r.commit_time, r.branch, r.dirty";
const ORDER = "ORDER BY coalesce(r.commit_time, r.created_at), r.created_at, r.id";

/** Every series of the ledger that the filter lets through, in the order of their names. */
export function seriesOf({ database }: Pick<Ledger, "database">, filter: SeriesFilter): Series[] {
  const rows = <Row>(query: string) => database.prepare(query).all() as unknown as Row[];
  const figures = rows<FigureRow>(
    `SELECT ${COLUMNS}, f.subject_kind, f.metric, f.statistic, f.lower, f.upper FROM figures f JOIN ${FROM} ${ORDER}`,
  );
  const histograms =
    filter.scalarsOnly === true
      ? []
      : rows<HistogramRow>(
          `SELECT ${COLUMNS}, 'endpoint' AS subject_kind, f.data FROM histograms f JOIN ${FROM} ${ORDER}`,
        );
  const isWanted = (row: PointRow, metric: string) =>
    (filter.scenario === undefined || filter.scenario.includes(row.part)) &&
    (filter.endpoint === undefined || filter.endpoint.includes(row.subject)) &&
    (filter.metric === undefined || filter.metric.includes(metric)) &&
    (filter.branch === undefined || filter.branch === row.branch);
  const series = [
    ...grouped(
      figures.filter((row) => isWanted(row, row.metric) && middleOf(row) !== undefined),
      ({ metric, statistic }) => ({ metric, statistic }),
      filter.last,
      (row) => ({ value: middleOf(row) ?? Number.NaN }),
    ),
    ...grouped(
      histograms.filter((row) => isWanted(row, "latency")),
      () => ({ metric: "latency", statistic: "distribution" }),
      filter.last,
      ({ data }) => {
        const histogram: HistogramRecord = JSON.parse(data);
        return { value: tailOf(histogram), histogram };
      },
    ),
  ];
  const nameOf = ({ target, part, fingerprint, subject, metric, statistic }: Series) =>
    [target, part, fingerprint, subject.kind, subject.name, metric, statistic].join("\0");
  return series.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

/** p99, at the geometric middle of its bucket. */
function tailOf(histogram: HistogramRecord): number {
  const { lower, upper } = quantileBounds(histogram, 0.99) ?? { lower: Number.NaN, upper: Number.NaN };
  return Math.sqrt(Math.max(0, lower) * upper);
}

/** Where only the edges of a bucket are known, their geometric middle; none where drops reach into the percentile. */
function middleOf({ lower, upper }: FigureRow): number | undefined {
  if (!Number.isFinite(upper)) return undefined;
  return lower === upper ? lower : Math.sqrt(Math.max(0, lower) * upper);
}

function grouped<Row extends PointRow>(
  rows: readonly Row[],
  measureOf: (row: Row) => Pick<Series, "metric" | "statistic">,
  last: number,
  read: (row: Row) => { readonly value: number; readonly histogram?: HistogramRecord },
): Series[] {
  const groups = Map.groupBy(rows, (row) =>
    canonicalText({
      target: row.target,
      part: row.part,
      fingerprint: row.fingerprint,
      subject: [row.subject_kind, row.subject],
      ...measureOf(row),
    }),
  );
  return [...groups].flatMap(([name, all]): Series[] => {
    const [first] = all;
    if (first === undefined || all.length < FEWEST) return [];
    const kept = all.slice(-last);
    const values = kept.map(read);
    const histograms = values.flatMap(({ histogram }) => (histogram === undefined ? [] : [histogram]));
    return [
      {
        id: sha256(name).slice(0, 8),
        target: first.target,
        part: first.part,
        environment: first.environment,
        fingerprint: first.fingerprint,
        subject: { kind: first.subject_kind, name: first.subject },
        ...measureOf(first),
        points: kept.map((row, index): SeriesPoint => pointOf(row, values[index]?.value ?? Number.NaN)),
        ...(histograms.length === 0 ? {} : { histograms }),
      },
    ];
  });
}

function pointOf(row: PointRow, value: number): SeriesPoint {
  const { run, created_at, commit_sha: sha, commit_time: time, branch, dirty } = row;
  return {
    run,
    createdAt: created_at,
    ...(sha === null
      ? {}
      : {
          commit: {
            sha,
            dirty: dirty === 1,
            ...(time === null ? {} : { time }),
            ...(branch === null ? {} : { branch }),
          },
        }),
    value,
  };
}
