import { resolve } from "node:path";
import { type Problem, ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { exportHistory, importHistory } from "../ledger/history.ts";
import { layoutOf } from "../ledger/layout.ts";
import { contentOf, type Unreadable } from "../ledger/ledger.ts";
import { plain } from "../report/plain.ts";
import type { MakeCommand } from "./command.ts";
import { ledgerOf, ledgerRoot } from "./ledger-root.ts";
import { stepLine } from "./progress-line.ts";

const JSON_OPTION = { json: { type: "boolean", default: false, describe: "machine-readable" } } as const;

/** The index of all runs, and the files that carry it from one machine to another. */
export const ledgerCommand: MakeCommand<object> = (host, finish) => ({
  command: "ledger",
  describe: "History of all runs: rebuild the index, carry it between machines",
  builder: (yargs) =>
    yargs
      .command(
        "rebuild",
        "Make the index again from the files",
        (own) => own.options(JSON_OPTION).example("$0 ledger rebuild", "after files were copied or restored"),
        async ({ json }) => {
          await rebuild(host, json);
          finish(0);
        },
      )
      .command(
        "export <folder>",
        "Write one file for every run and every study, without raw logs; what is there is left as it is",
        (own) =>
          own
            .positional("folder", { type: "string", demandOption: true, describe: "made where there is none" })
            .options(JSON_OPTION)
            .example("$0 ledger export history", "before a CI cache is saved"),
        async ({ folder, json }) => {
          await exportTo(host, folder, json);
          finish(0);
        },
      )
      .command(
        "import <path..>",
        "Take in exported files; taking one in twice changes nothing",
        (own) =>
          own
            .positional("path", {
              type: "string",
              array: true,
              demandOption: true,
              describe: "exported files, folders of them, or run directories",
            })
            .options(JSON_OPTION)
            .example("$0 ledger import history", "after a CI cache was restored"),
        async ({ path, json }) => {
          await importFrom(host, path, json);
          finish(0);
        },
      )
      .demandCommand(1, "ledger rebuild, ledger export or ledger import?"),
  handler: () => undefined,
});

async function rebuild(host: Host, json: boolean): Promise<void> {
  using ledger = await ledgerOf(host, { rebuild: true });
  const content = contentOf(ledger);
  if (json) {
    host.out.write(`${JSON.stringify({ ...content, unreadable: ledger.unreadable }, undefined, 2)}\n`);
    return;
  }
  host.out.write(`${content.runs} runs, ${content.figures} figures, content ${content.content.slice(0, 16)}\n`);
  for (const line of unreadableLines(ledger.unreadable)) host.out.write(line);
}

function unreadableLines(unreadable: readonly Unreadable[]): string[] {
  return unreadable.map(({ source, why }) => `not read: ${plain(source, 120)}: ${plain(why, 300)}\n`);
}

async function exportTo(host: Host, folder: string, json: boolean): Promise<void> {
  using ledger = await ledgerOf(host);
  const { show, clear } = stepLine(host);
  const exported = await exportHistory(ledger, resolve(host.cwd, folder), (done, of) => {
    if (done % 50 === 49) show(`exporting: ${done} of ${of}`);
  }).finally(clear);
  host.out.write(
    json
      ? `${JSON.stringify(exported, undefined, 2)}\n`
      : `${exported.runs} runs${exported.studies === 0 ? "" : ` and ${exported.studies} studies`} in ${plain(folder, 200)}, ${exported.written} of them new\n`,
  );
  const { failed } = exported;
  if (failed.length > 0) throw notAll(failed, `${failed.length} could not be read; all others were exported`);
}

async function importFrom(host: Host, paths: readonly string[], json: boolean): Promise<void> {
  const { show, clear } = stepLine(host);
  const absolute = paths.map((path) => resolve(host.cwd, path));
  const imported = await importHistory(layoutOf(ledgerRoot(host)), absolute, (done, of) => {
    if (done % 50 === 49) show(`importing: ${done} of ${of}`);
  }).finally(clear);
  using _ = await ledgerOf(host);
  host.out.write(
    json
      ? `${JSON.stringify(imported, undefined, 2)}\n`
      : `${imported.added} of ${imported.found} files were new${imported.refused.length === 0 ? "" : `, ${imported.refused.length} were refused`}\n`,
  );
  const { refused, found } = imported;
  if (refused.length > 0)
    throw notAll(refused, `${refused.length} of ${found} files were refused; all others were taken`);
}

/** Names and messages have parts of the files in them. */
function notAll(problems: readonly Problem[], sentence: string): ProofloadError {
  return new ProofloadError("PL_LEDGER", sentence, {
    problems: problems.map(({ where, what }) => ({ where: plain(where, 300), what: plain(what, 300) })),
  });
}
