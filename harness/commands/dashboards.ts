import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { ProofloadError } from "../errors.ts";
import type { MakeCommand } from "./command.ts";

interface DashboardsOptions {
  readonly output: string;
  readonly check: boolean;
}

/** Writes Grafana's dashboards, alert rules and provisioning; `--check` only compares them with what is there. */
export const dashboardsCommand: MakeCommand<DashboardsOptions> = (host, finish) => ({
  command: "dashboards",
  describe: "Write the Grafana dashboards, alert rules and provisioning files",
  builder: (yargs) =>
    yargs
      .option("output", { type: "string", default: "dashboards", describe: "folder to write to" })
      .option("check", { type: "boolean", default: false, describe: "write nothing; exit 1 when a file is stale" })
      .example("$0 dashboards --output grafana", "generated/*.json to import, provisioning/ for Grafana's image")
      .example("$0 dashboards --check", "for CI: are the files in dashboards/ what the code makes?"),
  handler: async ({ output, check }) => {
    // Loaded here: no other command needs Grafana's builders.
    const { dashboardFiles } = await import("../../dashboards/files.ts");
    const folder = resolve(host.cwd, output);
    const files = dashboardFiles().map(({ path, text }) => ({ file: join(folder, path), text }));
    const shown = (file: string) => relative(host.cwd, file) || file;
    if (check) {
      const stale: string[] = [];
      for (const { file, text } of files) {
        if ((await readFile(file, "utf8").catch(() => undefined)) !== text) stale.push(shown(file));
      }
      const advice = `Stale; type \`proofload dashboards --output ${output}\`:\n`;
      host.out.write(stale.length === 0 ? "Every file is up to date.\n" : `${advice}${stale.join("\n")}\n`);
      finish(stale.length === 0 ? 0 : 1);
      return;
    }
    for (const { file, text } of files) {
      await write(file, text);
      host.out.write(`${shown(file)}\n`);
    }
    finish(0);
  },
});

async function write(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  } catch (cause) {
    throw new ProofloadError(
      "PL_USAGE",
      `${file} cannot be written: ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
      },
    );
  }
}
