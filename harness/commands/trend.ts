import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { acceptedIn } from "../ledger/accepted.ts";
import { contentOf, type Ledger } from "../ledger/ledger.ts";
import { seriesOf } from "../ledger/series.ts";
import { plain } from "../report/plain.ts";
import { renderTrend } from "../report/trend/trend-terminal.ts";
import { isAccepted, placeOf, type SeriesTrend, type Trend, trendOf } from "../verdict/trend.ts";
import type { MakeCommand } from "./command.ts";
import { ledgerOf } from "./ledger-root.ts";
import { programName } from "./program-name.ts";
import { stepLine } from "./progress-line.ts";

interface TrendFilter {
  readonly scenario?: readonly string[] | undefined;
  readonly endpoint?: readonly string[] | undefined;
  readonly metric?: readonly string[] | undefined;
  readonly branch?: string | undefined;
  readonly last: number;
}

export interface TrendOptions extends TrendFilter {
  /** File of a page to write. */
  readonly html?: string | undefined;
  readonly json?: boolean;
  readonly gate?: boolean;
  /** Send annotations to InfluxDB. */
  readonly stream?: boolean;
}

/** Exit code of `--gate` where something got worse and nobody accepted it. */
const CHANGED = 1;
const USUAL_RUNS = 120;

const BRANCH = { type: "string", describe: "runs of this branch alone" } as const;
const LAST = { type: "number", default: USUAL_RUNS, describe: "the newest so many runs of each series" } as const;

/** The history of every figure, and where it changed. */
export const trendCommand: MakeCommand<TrendOptions> = (host, finish) => ({
  command: "trend",
  describe: "Show the history of every figure, and the commits where it changed",
  builder: (yargs) =>
    yargs
      .command(
        "accept <series> <commit>",
        "Acknowledge a change: it is the new normal, and fails no gate",
        (own) =>
          own
            .positional("series", {
              type: "string",
              demandOption: true,
              describe: "as `trend` shows it; `all`: every series that changed there",
            })
            .positional("commit", {
              type: "string",
              demandOption: true,
              describe: "first commit of the new level, or a unique prefix",
            })
            .option("why", { type: "string", describe: "a sentence for those who come later" })
            .option("branch", BRANCH)
            .option("last", LAST)
            .example("$0 trend accept 3f9a01c2 7d0f3c1 --why 'stronger password hashing'", "one change")
            .example("$0 trend accept all 7d0f3c1", "everything that this commit made worse"),
        async ({ series, commit, why, branch, last }) => {
          await accept(host, { series, commit, why }, { branch, last });
          finish(0);
        },
      )
      .option("scenario", { type: "string", array: true, describe: "these scenarios and micro-benchmarks alone" })
      .option("endpoint", { type: "string", array: true, describe: "these endpoints and benches alone" })
      .option("metric", { type: "string", array: true, describe: "these metrics alone: latency, cpu_time, …" })
      .option("branch", BRANCH)
      .option("last", LAST)
      .option("html", { type: "string", describe: "also write a page that opens without a network" })
      .option("stream", {
        type: "boolean",
        default: false,
        describe: "also send change points and deployments to InfluxDB, as annotations",
      })
      .option("gate", { type: "boolean", default: false, describe: "exit with 1 on a change that nobody accepted" })
      .option("json", { type: "boolean", default: false, describe: "the trend as JSON on standard output" })
      .example("$0 trend", "what changed, and where")
      .example("$0 trend --endpoint projects.list --html trend.html", "one endpoint, as a page")
      .example("$0 trend --branch main --gate", "for CI: fails when something got worse"),
  handler: async (options) => finish(await showTrend(host, options)),
});

/** All of `proofload trend`: prints, writes the page, sends annotations. Returns the exit code. */
async function showTrend(host: Host, options: TrendOptions): Promise<number> {
  using ledger = await ledgerOf(host);
  const trend = await readTrend(host, ledger, options);
  if (options.html !== undefined) await writePage(host, trend, options.html);
  if (options.stream === true) {
    const { streamTrend } = await import("../stream-trend.ts");
    await streamTrend(host, ledger.layout.root, trend);
  }
  const { colour, columns } = host.out;
  const asked = [options.scenario, options.endpoint, options.metric].some((one) => one !== undefined);
  host.out.write(
    options.json === true
      ? `${JSON.stringify(trend, undefined, 2)}\n`
      : renderTrend(trend, { colour, columns, program: programName(host), asked, accept: acceptOptions(options) }),
  );
  const { runs: stored } = trend.series.length === 0 ? contentOf(ledger) : { runs: 0 };
  if (stored > 0) {
    host.out.note(
      `what the ledger has (${stored}) makes no series: that takes two runs alike in machine, environment and workload; an A/B comparison is in none\n`,
    );
  }
  if (ledger.unreadable.length > 0) {
    host.out.note(`${ledger.unreadable.length} stored runs cannot be read: \`ledger rebuild\` names them\n`);
  }
  return options.gate === true && trend.open > 0 ? CHANGED : 0;
}

async function readTrend(host: Host, ledger: Ledger, filter: TrendFilter): Promise<Trend> {
  if (!Number.isInteger(filter.last) || filter.last < 2) {
    throw new ProofloadError("PL_USAGE", `--last ${filter.last} is no number of runs; type --last ${USUAL_RUNS}`);
  }
  const series = seriesOf(ledger, filter);
  const { scenario, endpoint, metric, branch } = filter;
  const isFiltered = [scenario, endpoint, metric, branch].some((one) => one !== undefined);
  if (series.length === 0 && isFiltered && contentOf(ledger).runs > 0) throw nothingMatches(ledger);
  const accepted = (await acceptedIn(ledger.layout).list()).map(({ value }) => value);
  const { show, clear } = stepLine(host);
  let shownAt = host.now();
  const onSeries = (done: number) => {
    if (host.now() - shownAt < 1000) return;
    shownAt = host.now();
    show(`looking for changes: series ${done} of ${series.length}`);
  };
  try {
    return trendOf(series, accepted, onSeries);
  } finally {
    clear();
  }
}

/** What has to follow `trend accept` so that it looks at the same runs. */
function acceptOptions({ branch, last }: TrendFilter): string {
  const quoted = branch === undefined || /^[\w./+-]+$/.test(branch) ? branch : `'${branch.replaceAll("'", "'\\''")}'`;
  return [
    ...(quoted === undefined ? [] : [`--branch ${quoted}`]),
    ...(last === USUAL_RUNS ? [] : [`--last ${last}`]),
  ].join(" ");
}

function nothingMatches({ database }: Ledger): ProofloadError {
  const known = (where: string, column: string, table: string) => {
    const query = `SELECT DISTINCT ${column} AS name FROM ${table} WHERE ${column} IS NOT NULL ORDER BY 1 LIMIT 40`;
    const names = database
      .prepare(query)
      .all()
      .map(({ name }) => plain(String(name)));
    return { where, what: names.length === 0 ? "there is none" : `there is ${names.join(", ")}` };
  };
  return new ProofloadError("PL_USAGE", "the ledger has no such series with two runs that are alike", {
    problems: [
      known("--scenario", "part", "parts"),
      known("--endpoint", "subject", "figures"),
      known("--metric", "metric", "figures"),
      known("--branch", "branch", "runs"),
    ],
  });
}

/** What a commit did shows in many figures at once. */
const ALL = "all";

/** The filter is that of the trend in which the change was seen: other runs show other changes. */
async function accept(
  host: Host,
  { series: word, commit, why }: { readonly series: string; readonly commit: string; readonly why: string | undefined },
  filter: TrendFilter,
): Promise<void> {
  using ledger = await ledgerOf(host);
  const { series: all } = await readTrend(host, ledger, filter);
  const chosen = all.filter(({ id }) => word === ALL || id === word);
  if (chosen.length === 0) {
    throw new ProofloadError("PL_USAGE", `there is no series ${word}; \`proofload trend\` shows them`);
  }
  const found = chosen.flatMap((series) => {
    const place = placeNamed(series, commit);
    const change = series.changes.find(
      ({ index, direction }) =>
        place !== undefined &&
        direction === "worse" &&
        isAccepted(series, index, [{ series: series.id, commit: place }]),
    );
    return change === undefined ? [] : [{ series: series.id, commit: placeOf(change.firstBad) }];
  });
  if (found.length === 0) {
    const worse = chosen.flatMap(({ id, changes }) =>
      changes.filter(({ direction }) => direction === "worse").map(({ firstBad }) => ({ id, at: placeOf(firstBad) })),
    );
    throw new ProofloadError("PL_USAGE", `series ${word} has no change for the worse at "${commit}"`, {
      problems: worse.map(({ id, at }) => ({ where: id, what: `it changed in ${plain(at)}` })),
    });
  }
  const files = acceptedIn(ledger.layout);
  const acceptedAt = new Date(host.now()).toISOString();
  for (const one of found) {
    // An imported record may have anything for a commit; what counts stands in the file.
    await files.write(`${one.series}-${one.commit.replaceAll(/[^\w.+-]/g, "_").slice(0, 64)}`, {
      schema: "proofload/accepted/1",
      ...one,
      acceptedAt,
      ...(why === undefined ? {} : { why }),
    });
    host.out.write(`accepted: series ${one.series} from ${plain(one.commit)} on\n`);
  }
}

/** The only commit of the series, or run where there is none, that begins so. */
function placeNamed({ points }: Pick<SeriesTrend, "points">, commit: string): string | undefined {
  const places = new Set(points.map(placeOf).filter((place) => commit !== "" && place.startsWith(commit)));
  return places.size === 1 ? [...places][0] : undefined;
}

async function writePage(host: Host, trend: Trend, file: string): Promise<void> {
  // Loaded when it is needed: it bundles the page's program.
  const [{ renderTrendHtml }, { buildReportAssets }, { proofloadVersion }] = await Promise.all([
    import("../report/trend/trend-html.ts"),
    import("../report-assets.ts"),
    import("../version.ts"),
  ]);
  const page = renderTrendHtml(trend, proofloadVersion(), await buildReportAssets());
  await writeFile(resolve(host.cwd, file), page).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ProofloadError("PL_USAGE", `--html ${file} cannot be written: ${why}`, { cause });
  });
}
