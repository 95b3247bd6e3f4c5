import { dirname, join, relative } from "node:path";
import type { Plugin } from "esbuild";
import type { ScenarioPlan } from "../plan/plan.ts";
import {
  buildOrExplain,
  bundleEntry,
  bundleText,
  LIBRARY,
  library,
  openBesideItsModule,
  RECIPE,
  readScenario,
} from "./bundle.ts";
import { planModule } from "./bundle-entry.ts";
import { inspectBundle } from "./inspect.ts";
import { scriptEnvironment } from "./k6-arguments.ts";
import { pairedEntry, sideEntry, sidePrefix } from "./paired-entry.ts";
import type { ScriptTools } from "./prepare-script.ts";

export interface PairedScript {
  /** The bundle, in memory: nothing is on disk until it is written. */
  readonly text: string;
  /** sha256 of the minified bundle, without its map. */
  readonly hash: string;
}

/**
 * A scenario twice in one bundle, once for each side: its whole graph of modules is there two times, so that all state
 * (sessions, random numbers, base address) is apart and no script has to know of it. k6 loads it once, so that every
 * mistake in the script is known before anything is started.
 * @throws ProofloadError PL_SCENARIO
 */
export async function preparePaired(scenario: ScenarioPlan, tools: ScriptTools): Promise<PairedScript> {
  const { script } = scenario;
  const { cwd } = tools;
  const { exports } = await readScenario(scenario, cwd);
  const side = await sideModule(scenario, exports, cwd);
  const plugins = [library({ text: planModule(scenario) }), sides(side, dirname(script))];
  const bundle = await bundleEntry(pairedEntry(scenario, exports), script, plugins, cwd);
  const text = bundleText(bundle);
  await inspectBundle({
    k6: tools.k6,
    text,
    script,
    env: scriptEnvironment(tools.env, tools.baseUrl ?? "http://127.0.0.1:9"),
    cwd,
    signal: tools.signal,
    endpoints: scenario.endpoints.map((endpoint) => endpoint.name),
  });
  return { text, hash: bundle.hash };
}

/** The script with everything that it imports, as one module; what it sees as `__ENV` is its side's. */
async function sideModule(scenario: ScenarioPlan, exports: readonly string[], cwd: string): Promise<string> {
  const { script } = scenario;
  const { outputFiles } = await buildOrExplain(script, cwd, {
    ...RECIPE,
    stdin: { contents: sideEntry(script, exports), resolveDir: dirname(script), sourcefile: "proofload-side.js" },
    define: { __ENV: "PROOFLOAD_SIDE_ENV" },
    sourcemap: "inline",
    sourcesContent: false,
    plugins: [
      sideModules(),
      library({ text: planModule(scenario, (endpoint) => ({ class: endpoint.class })) }),
      openBesideItsModule(script),
    ],
  });
  return outputFiles?.[0]?.text ?? "";
}

const STANDS_FOR: Readonly<Record<string, string>> = { "k6/http": "side-http.ts", k6: "side-k6.ts" };

/** k6's modules through which a side's answers can be seen. */
function sideModules(): Plugin {
  return {
    name: "proofload-side-modules",
    setup({ onResolve }) {
      onResolve({ filter: /^k6(?:\/http)?$/ }, ({ path, importer }) => {
        const file = STANDS_FOR[path];
        const own = join(LIBRARY, file ?? "");
        return file === undefined || importer === own ? undefined : { path: own };
      });
    },
  };
}

/** `proofload:side/base` and `proofload:side/head`: the same text twice is two modules. */
function sides(text: string, resolveDir: string): Plugin {
  return {
    name: "proofload-sides",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^proofload:side\// }, ({ path }) => ({
        path: relative("proofload:side", path),
        namespace: "proofload-side",
      }));
      onLoad({ filter: /.*/, namespace: "proofload-side" }, ({ path }) => ({
        contents: sidePrefix(path) + text,
        loader: "js",
        resolveDir,
      }));
    },
  };
}
