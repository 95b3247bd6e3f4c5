import yargs from "yargs";
import { aaCommand } from "./commands/aa.ts";
import { abCommand } from "./commands/ab.ts";
import { baselineCommand } from "./commands/baseline.ts";
import { capacityCommand } from "./commands/capacity.ts";
import { collectCommand } from "./commands/collect.ts";
import { compareCommand } from "./commands/compare.ts";
import { coverageCommand } from "./commands/coverage.ts";
import { dashboardsCommand } from "./commands/dashboards.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { initCommand } from "./commands/init.ts";
import { judgeCommand } from "./commands/judge.ts";
import { ledgerCommand } from "./commands/ledger.ts";
import { microCommand } from "./commands/micro.ts";
import { planCommand } from "./commands/plan.ts";
import { reportCommand } from "./commands/report.ts";
import { runCommand } from "./commands/run.ts";
import { runsCommand } from "./commands/runs.ts";
import { streamCommand } from "./commands/stream.ts";
import { trendCommand } from "./commands/trend.ts";
import { ProofloadError } from "./errors.ts";
import type { Host } from "./host.ts";
import { proofloadVersion } from "./version.ts";

/** Parses the command line and runs one command; returns the exit code. */
export async function runCli(argv: readonly string[], host: Host): Promise<number> {
  let exitCode = 0;
  const finish = (code: number) => {
    exitCode = code;
  };
  const parser = yargs([...argv], host.cwd)
    .scriptName("proofload")
    .usage(
      "$0 <command>\n\nDrives load, proves that the measurement was sound, and says PASS or FAIL with the evidence.",
    )
    .command(runCommand(host, finish, runCli))
    .command(microCommand(host, finish))
    .command(capacityCommand(host, finish))
    .command(planCommand(host, finish))
    .command(judgeCommand(host, finish))
    .command(reportCommand(host, finish))
    .command(runsCommand(host, finish))
    .command(aaCommand(host, finish))
    .command(compareCommand(host, finish))
    .command(abCommand(host, finish))
    .command(baselineCommand(host, finish))
    .command(trendCommand(host, finish))
    .command(ledgerCommand(host, finish))
    .command(collectCommand(host, finish))
    .command(streamCommand(host, finish))
    .command(doctorCommand(host, finish))
    .command(initCommand(host, finish))
    .command(coverageCommand(host, finish))
    .command(dashboardsCommand(host, finish))
    .demandCommand(1, "A command is missing.")
    .strict()
    .recommendCommands()
    .version(proofloadVersion())
    .alias({ h: "help" })
    .wrap(Math.min(110, host.out.columns))
    .epilogue(
      "Exit codes: 0 pass · 1 fail · 2 inconclusive · 3 invalid run · 4 usage or harness error · 130/143 interrupted",
    )
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new ProofloadError("PL_USAGE", message);
    });
  await parser.parseAsync();
  return exitCode;
}
