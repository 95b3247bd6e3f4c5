import { execFile } from "node:child_process";
import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { ProofloadError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import { LAST_TAG, type SequenceLine } from "../../plan/read-sequence.ts";
import { renderSequenceHtml, renderSequenceMarkdown } from "../../report/sequence/sequence-page.ts";
import { buildReportAssets } from "../../report-assets.ts";
import { reportFailure } from "../../report-failure.ts";
import { sequenceExitCodeOf } from "../../verdict/exit-code.ts";
import type { LeftFolder, SequencePart, SequenceRecord } from "../../verdict/sequence.ts";
import { proofloadVersion } from "../../version.ts";
import { commitOf } from "../commit.ts";
import { runIdAt } from "../run-id.ts";

/** The whole command line, as `runCli` of cli.ts: handed in, because that one knows this command too. */
export type RunCommandLine = (argv: readonly string[], host: Host) => Promise<number>;

interface SequenceOptions {
  readonly name: string;
  readonly lines: readonly SequenceLine[];
  /** Folder of the configuration file, whose git history has the last tag. */
  readonly configDirectory: string;
  /** Words for every line that measures: --share-host, --config. */
  readonly more: readonly string[];
  readonly runCommandLine: RunCommandLine;
}

export interface Sequence {
  readonly record: SequenceRecord;
  readonly before: SequenceRecord | undefined;
  readonly directory: string;
}

const ROOT = ".proofload";
export const SEQUENCES_DIRECTORY = join(ROOT, "sequences");
/** Folders in which commands leave what they measured, one folder each time. */
const LEFT_IN = ["runs", "ab", "capacity"];
const RECORD_FILE = "sequence.json";
/** These do not measure beside anybody, and know no --share-host. */
const ONLY_READ = new Set(["trend", "compare"]);

/**
 * Runs every line, whatever those before it said; an interruption ends the sequence, and what there is until then is
 * kept. The page is written anew after every line, so that a machine that dies leaves what it had.
 */
export async function runSequence(host: Host, options: SequenceOptions): Promise<Sequence> {
  const { name, lines, configDirectory } = options;
  const root = join(host.cwd, SEQUENCES_DIRECTORY);
  const before = await lastOf(root, name);
  const id = runIdAt(host.now(), name);
  const directory = join(root, id);
  await mkdir(directory, { recursive: true });
  const createdAt = new Date(host.now()).toISOString();
  const commit = await commitOf(configDirectory, host.env);
  const tag = lines.some(({ needsTag }) => needsTag) ? await lastTag(configDirectory) : { why: "" };
  const parts: SequencePart[] = [];
  const record = (): SequenceRecord => ({
    schema: "proofload/sequence/1",
    id,
    name,
    createdAt,
    proofloadVersion: proofloadVersion(),
    ...(commit === undefined ? {} : { commit }),
    streamed: (host.env["PROOFLOAD_INFLUX_URL"] ?? "") !== "",
    exitCode: sequenceExitCodeOf(parts.map((part) => part.exitCode)),
    parts,
  });
  for (const [index, line] of lines.entries()) {
    host.out.note(`\n${index + 1} of ${lines.length}: proofload ${line.text}\n`);
    parts.push(await runLine(host, line, { index, tag, directory }, options));
    await write(directory, record(), before);
    host.interrupted.throwIfAborted();
  }
  return { record: record(), before, directory };
}

async function runLine(
  host: Host,
  line: SequenceLine,
  { index, tag, directory }: { readonly index: number; readonly tag: LastTag; readonly directory: string },
  { more, runCommandLine }: SequenceOptions,
): Promise<SequencePart> {
  if (line.needsTag && "why" in tag) {
    const why = `left out: ${tag.why}`;
    host.out.note(`${why}\n`);
    return { line: line.text, why, seconds: 0, left: [] };
  }
  const words = line.words.map((word) => ("name" in tag ? word.replaceAll(LAST_TAG, tag.name) : word));
  const argv = ONLY_READ.has(words[0] ?? "") ? words : [...words, ...more];
  const written: string[] = [];
  const out = {
    ...host.out,
    // Of the page as it stands in a file: no colours, no cursor.
    colour: false,
    write(text: string) {
      written.push(text);
      host.out.write(text);
    },
  };
  const there = await leftFolders(host.cwd);
  const startedAt = host.now();
  let exitCode: number;
  try {
    exitCode = await runCommandLine(argv, { ...host, out });
  } catch (error) {
    const said: string[] = [];
    exitCode = reportFailure(error, { ...host, out: { ...host.out, note: (text) => void said.push(text) } });
    host.out.note(said.join(""));
    written.push(...said);
  }
  const seconds = (host.now() - startedAt) / 1000;
  const fresh = (await leftFolders(host.cwd)).filter((folder) => !there.includes(folder));
  const left = await Promise.all(fresh.map((folder) => leftFolder(join(host.cwd, folder), directory)));
  const text = written.join("").trimEnd();
  const textFile = `${index + 1}-${argv[0]}.txt`;
  await writeFile(join(directory, textFile), `${text}\n`);
  const lastLine = text.split("\n").at(-1)?.trim() ?? "";
  return { line: line.text, exitCode, seconds, textFile, lastLine, left: left.flat() };
}

async function leftFolders(cwd: string): Promise<string[]> {
  const found = await Promise.all(
    LEFT_IN.map(async (kind) => {
      const names = await readdir(join(cwd, ROOT, kind)).catch(() => []);
      return names.map((name) => join(ROOT, kind, name));
    }),
  );
  return found.flat();
}

/** None where the command ended before it had a verdict. */
async function leftFolder(folder: string, directory: string): Promise<LeftFolder[]> {
  const text = await readFile(join(folder, "verdict.json"), "utf8").catch(() => undefined);
  if (text === undefined) return [];
  const verdict = JSON.parse(text) as {
    readonly kind?: string;
    readonly sentence?: string;
    readonly scenarios?: readonly { readonly scenario: string; readonly kind: string }[];
    readonly micro?: readonly { readonly subject: string; readonly kind: string }[];
  };
  const hasReport = await access(join(folder, "report.html")).then(
    () => true,
    () => false,
  );
  return [
    {
      path: relative(directory, folder),
      kind: verdict.kind ?? "",
      sentence: verdict.sentence ?? "",
      subjects: [
        ...(verdict.scenarios ?? []).map(({ scenario, kind }) => ({ name: scenario, kind })),
        ...(verdict.micro ?? []).map(({ subject, kind }) => ({ name: subject, kind })),
      ],
      hasReport,
    },
  ];
}

async function write(directory: string, record: SequenceRecord, before: SequenceRecord | undefined): Promise<void> {
  try {
    await writeFile(join(directory, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
    await writeFile(join(directory, "report.md"), renderSequenceMarkdown(record, before));
    await writeFile(join(directory, "report.html"), renderSequenceHtml(record, before, await buildReportAssets()));
  } catch (cause) {
    throw new ProofloadError("PL_RUN_DIRECTORY", `cannot write to ${directory}`, { cause });
  }
}

/** The newest sequence of this name; run ids begin with the time. */
export async function lastOf(root: string, name: string): Promise<SequenceRecord | undefined> {
  const ids = (await readdir(root).catch(() => [])).sort().reverse();
  for (const id of ids) {
    const text = await readFile(join(root, id, RECORD_FILE), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const found = readRecord(text);
    if (found?.name === name) return found;
  }
  return undefined;
}

/** A file that was cut short by a full disk is no reason not to run tonight. */
function readRecord(text: string): SequenceRecord | undefined {
  try {
    const found = JSON.parse(text) as SequenceRecord;
    return found.schema === "proofload/sequence/1" ? found : undefined;
  } catch {
    return undefined;
  }
}

type LastTag = { readonly name: string } | { readonly why: string };

/** Before this commit: on a tag itself the one before it. Without git, or without a tag, why there is none. */
async function lastTag(cwd: string): Promise<LastTag> {
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)("git", [...args], { cwd }).catch(() => ({ stdout: "" }))).stdout.trim();
  const name = await git("describe", "--tags", "--abbrev=0", "HEAD^");
  if (name !== "") return { name };
  return (await git("rev-parse", "--is-shallow-repository")) === "true"
    ? { why: "this checkout is shallow and has no tags to compare with; in CI, give fetch-depth: 0" }
    : { why: "there is no tag before this commit to compare with" };
}
