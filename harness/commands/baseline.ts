import { ProofloadError } from "../errors.ts";
import type { Host } from "../host.ts";
import { baselinesIn, isBaselineName } from "../ledger/baselines.ts";
import { layoutOf } from "../ledger/layout.ts";
import type { MakeCommand } from "./command.ts";
import { ledgerOf, ledgerRoot } from "./ledger-root.ts";
import { runIdsOf } from "./stored-run.ts";

const JSON_OPTION = { json: { type: "boolean", default: false, describe: "machine-readable" } } as const;

/** Named sets of runs, to compare with. */
export const baselineCommand: MakeCommand<object> = (host, finish) => ({
  command: "baseline",
  describe: "Named sets of runs to compare with: save, list, rm",
  builder: (yargs) =>
    yargs
      .command(
        "save <name> <run..>",
        "Name a set of runs; they are kept by `runs --prune`",
        (own) =>
          own
            .positional("name", { type: "string", demandOption: true, describe: "letters, digits, dots and dashes" })
            .positional("run", {
              type: "string",
              array: true,
              demandOption: true,
              describe: "ids, unique prefixes, directories, last, last~1, or other baselines",
            })
            .option("replace", { type: "boolean", default: false, describe: "where there is one of this name" })
            .options(JSON_OPTION)
            .example("$0 baseline save v1.4 last~4 last~3 last~2 last~1 last", "the five newest runs"),
        async ({ name, run, replace, json }) => {
          await save(host, name, run, { replace, json });
          finish(0);
        },
      )
      .command(
        "list",
        "All of them, with their runs",
        (own) => own.options(JSON_OPTION).example("$0 baseline list", "names and runs"),
        async ({ json }) => {
          await list(host, json);
          finish(0);
        },
      )
      .command(
        "rm <name>",
        "Forget the name; its runs stay",
        (own) =>
          own.positional("name", { type: "string", demandOption: true }).example("$0 baseline rm v1.4", "forget v1.4"),
        async ({ name }) => {
          const files = baselinesIn(layoutOf(ledgerRoot(host)));
          if (!isBaselineName(name) || !(await files.remove(name))) throw unknownBaseline(name);
          finish(0);
        },
      )
      .demandCommand(1, "baseline save, baseline list or baseline rm?"),
  handler: () => undefined,
});

async function save(
  host: Host,
  name: string,
  runs: readonly string[],
  { replace, json }: { readonly replace: boolean; readonly json: boolean },
): Promise<void> {
  if (!isBaselineName(name)) {
    throw new ProofloadError("PL_USAGE", `"${name}" is no name of a baseline; type letters, digits, dots and dashes`);
  }
  using ledger = await ledgerOf(host);
  const files = baselinesIn(ledger.layout);
  if (!replace && (await files.read(name)) !== undefined) {
    throw new ProofloadError("PL_USAGE", `there is a baseline ${name}; add --replace`);
  }
  const ids = [...new Set(await runIdsOf(host, ledger, runs))].sort();
  const baseline = { schema: "proofload/baseline/1", savedAt: new Date(host.now()).toISOString(), runs: ids } as const;
  await files.write(name, baseline);
  host.out.write(json ? `${JSON.stringify({ name, ...baseline }, undefined, 2)}\n` : `${name}: ${ids.length} runs\n`);
}

async function list(host: Host, json: boolean): Promise<void> {
  const all = await baselinesIn(layoutOf(ledgerRoot(host))).list();
  if (json) {
    host.out.write(
      `${JSON.stringify(
        all.map(({ name, value }) => ({ name, ...value })),
        undefined,
        2,
      )}\n`,
    );
    return;
  }
  if (all.length === 0) host.out.write("no baselines yet\n");
  for (const { name, value } of all) {
    host.out.write(`${name}  ${value.runs.length} runs, saved ${value.savedAt.slice(0, 10)}\n`);
    for (const run of value.runs) host.out.write(`  ${run}\n`);
  }
}

function unknownBaseline(name: string): ProofloadError {
  return new ProofloadError(
    "PL_USAGE",
    `there is no baseline ${name}; \`proofload baseline list\` shows what there is`,
  );
}
