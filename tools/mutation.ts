/**
 * `npm run mutation [-- stats|ab|capacity|judging …]`: every place in verdict/ is changed, one at a time, and tests have to
 * notice. One folder after the other, each by its own tests: a changed place counts how often it is passed, and the
 * tests of a whole trend, through statistics that count, take a hundred times as long. What was found lies in
 * .proofload/mutation/, from where the next run goes on with what has changed. Exit code 1: less than 85 % was
 * noticed, or a change of an exit code was not.
 */
import { Stryker } from "@stryker-mutator/core";

type MutantResult = Awaited<ReturnType<Stryker["runMutationTest"]>>[number];

const VERDICT = "harness/verdict";
const PARTS: Readonly<Record<string, string>> = {
  stats: `${VERDICT}/stats`,
  ab: `${VERDICT}/ab`,
  capacity: `${VERDICT}/capacity`,
  /** All tests: those of a folder may be about what is judged above it. */
  judging: VERDICT,
};
const LEAST = 0.85;

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  process.stderr.write(`There is no part ${unknown.join(", ")}. Parts: ${Object.keys(PARTS).join(", ")}.\n`);
  process.exit(4);
}

const lines: string[] = [];
const all: MutantResult[] = [];
for (const [name, folder] of Object.entries(PARTS)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const startedAt = Date.now();
  const found = await mutate(name, folder);
  all.push(...found);
  lines.push(line(name, found, (Date.now() - startedAt) / 60_000));
}
const inExitCodes = all.filter(({ fileName }) => /exit-code\.ts$/.test(fileName));
process.stdout.write(
  `\n${[...lines, line("verdict/", all), line("exit codes", inExitCodes)].join("\n")}\n\n${survivors(inExitCodes)}`,
);
process.exitCode = share(all) >= LEAST && share(inExitCodes) === 1 ? 0 : 1;

function mutate(name: string, folder: string): Promise<MutantResult[]> {
  return new Stryker({
    mutate: [`${folder}/*.ts`, `!${folder}/*.test.ts`, `!${folder}/sample-*.ts`],
    vitest: { configFile: "vitest.mutation.config.ts", related: false, dir: folder },
    incremental: true,
    incrementalFile: `.proofload/mutation/${name}-incremental.json`,
    jsonReporter: { fileName: `.proofload/mutation/${name}.json` },
  }).runMutationTest();
}

/** Of those that could be tried. */
function share(mutants: readonly MutantResult[]): number {
  const [caught, missed] = [mutants.filter(isCaught).length, mutants.filter(isMissed).length];
  return caught + missed === 0 ? 1 : caught / (caught + missed);
}

function isCaught({ status }: MutantResult): boolean {
  return status === "Killed" || status === "Timeout";
}

function isMissed({ status }: MutantResult): boolean {
  return status === "Survived" || status === "NoCoverage";
}

function line(name: string, mutants: readonly MutantResult[], minutes?: number): string {
  const count = (status: MutantResult["status"]) => mutants.filter((mutant) => mutant.status === status).length;
  const took = minutes === undefined ? "" : `, ${minutes.toFixed(0)} min`;
  return `${name.padEnd(10)} ${(share(mutants) * 100).toFixed(1)} % of ${mutants.filter((one) => isCaught(one) || isMissed(one)).length} caught (${count("Timeout")} by time), ${count("Survived")} survived, ${count("NoCoverage")} without a test, ${count("Ignored")} not tried${took}`;
}

function survivors(mutants: readonly MutantResult[]): string {
  return mutants
    .filter(isMissed)
    .map(({ fileName, location, replacement }) => `${fileName}:${location.start.line + 1} → ${replacement ?? ""}\n`)
    .join("");
}
