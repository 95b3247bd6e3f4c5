import { ProofloadError } from "../../errors.ts";
import type { Host } from "../../host.ts";
import type { Configuration } from "../../plan/definition.ts";
import { readSequence, type SequenceLine } from "../../plan/read-sequence.ts";
import { loadConfiguration, nearestConfiguration } from "../configuration.ts";
import type { PlanOptions } from "../plan-request.ts";

interface FoundSequence {
  readonly name: string;
  readonly lines: readonly SequenceLine[];
  readonly configuration: Configuration;
  readonly configDirectory: string;
}

/**
 * The sequence that the words of the command line name, or undefined where they name something else.
 * @throws ProofloadError PL_USAGE for options that belong into its lines, PL_PLAN for lines that cannot be run.
 */
export async function sequenceOf(
  host: Host,
  options: PlanOptions & { readonly output?: string | undefined; readonly "profile-cpu"?: boolean },
): Promise<FoundSequence | undefined> {
  const [first = ""] = options.what;
  // A script for an address needs no configuration at all.
  if (options.config === undefined && nearestConfiguration(host.cwd) === undefined) return undefined;
  const { configuration, directory } = await loadConfiguration(host, options.config);
  const named = options.what.find((word) => Object.hasOwn(configuration.sequences ?? {}, word));
  if (named === undefined) return undefined;
  const foreign = [
    ...(options.env === "embedded" ? [] : ["--env"]),
    ...(options.url === undefined ? [] : ["--url"]),
    ...(options.profile === undefined ? [] : ["--profile"]),
    ...(options["scale-profile"] ? ["--scale-profile"] : []),
    ...(options.budget.length === 0 ? [] : ["--budget"]),
    ...(options.setting.length === 0 ? [] : ["--setting"]),
    ...(options.output === undefined ? [] : ["--output"]),
    ...(options["profile-cpu"] === true ? ["--profile-cpu"] : []),
  ];
  if (foreign.length > 0 || options.what.length > 1) {
    throw new ProofloadError("PL_USAGE", `"${named}" is a sequence of commands and runs alone, as it is`, {
      problems: [
        {
          what: `it takes neither ${[...options.what.filter((word) => word !== named), ...foreign].join(" nor ")}`,
          where: `run ${first}`,
          instead: `write them into its lines: sequences.${named} of the configuration`,
        },
      ],
    });
  }
  const lines = readSequence(configuration, named) ?? [];
  return { name: named, lines, configuration, configDirectory: directory };
}
