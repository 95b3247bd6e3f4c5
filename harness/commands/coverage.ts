import { coverage } from "../plan/coverage.ts";
import type { MakeCommand } from "./command.ts";
import { loadConfiguration } from "./configuration.ts";

/** Which promise is measured by what; a promise without a measurement shows as a hole. */
export const coverageCommand: MakeCommand<{ config: string | undefined }> = (host, finish) => ({
  command: "coverage",
  describe: "Show which promise of the targets is measured by what (Markdown)",
  builder: (yargs) =>
    yargs
      .option("config", { type: "string", describe: "configuration file" })
      .example("$0 coverage > docs/coverage.md", "the table of this configuration"),
  handler: async ({ config }) => {
    const { configuration } = await loadConfiguration(host, config);
    host.out.write(coverage(configuration));
    finish(0);
  },
});
