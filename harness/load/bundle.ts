import { readFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildFailure, type BuildOptions, build, type Message, type Plugin } from "esbuild";
import { type Problem, ProofloadError } from "../errors.ts";
import { nearest } from "../plan/nearest.ts";
import type { ScenarioPlan } from "../plan/plan.ts";
import { GUARD, inspectedEntry, planModule, scenarioEntry, userEntry } from "./bundle-entry.ts";
import { canonicalScript } from "./canonical-script.ts";
import type { UserOptions } from "./user-options.ts";
import { sha256 } from "./workload-hash.ts";

export interface Bundle {
  /** Minified. */
  readonly code: string;
  /** Source map version 3; its sources are file URLs. */
  readonly map: string;
  /** sha256 of `code`. */
  readonly hash: string;
  /** sha256 of the minified script with its modules, without the plan, the entry and the place that it lies in. */
  readonly scriptHash: string;
}

export const LIBRARY = fileURLToPath(new URL("../../scenarios/lib/", import.meta.url));
const SHIM = join(LIBRARY, "http-shim.ts");
const GRPC_SHIM = join(LIBRARY, "grpc-shim.ts");

/**
 * Bundles a scenario with its generated entry for k6.
 * @throws ProofloadError PL_SCENARIO with every syntax error, unknown import and missing function.
 */
export async function bundleScenario(scenario: ScenarioPlan, cwd: string): Promise<Bundle> {
  const { exports, hash } = await readScenario(scenario, cwd);
  const plugins = [library({ text: planModule(scenario) })];
  const bundle = await bundleEntry(scenarioEntry(scenario, scenario.script, exports), scenario.script, plugins, cwd);
  return { ...bundle, scriptHash: hash };
}

/** What the script of a scenario exports, which is all that its streams run. */
export async function readScenario(scenario: ScenarioPlan, cwd: string) {
  const read = await readScript(scenario.script, library(PLAN_LEFT_OUT), cwd);
  const missing = scenario.streams.filter((stream) => !read.exports.includes(stream.exec));
  if (missing.length > 0) {
    throw new ProofloadError("PL_SCENARIO", `${shown(scenario.script, cwd)} does not export what the plan runs`, {
      problems: missing.map((stream) => missingExport(scenario.script, stream.exec, stream.name, read.exports, cwd)),
    });
  }
  return read;
}

/** A user's own k6 script as it is, with k6/http replaced by the shim: to be inspected. */
export async function bundleUserScript(script: string, cwd: string): Promise<Bundle> {
  const { exports, hash } = await readScript(script, library(undefined), cwd);
  const plugins = [library(undefined), openBesideItsModule(script)];
  return { ...(await bundleEntry(inspectedEntry(script, exports), script, plugins, cwd)), scriptHash: hash };
}

/** A user's own k6 script with our canary, tags and summary beside its own. */
export async function bundleUserEntry(script: string, ours: UserOptions, cwd: string): Promise<Bundle> {
  const { exports, hash } = await readScript(script, library(undefined), cwd);
  const problems = Object.entries(ours.scenarios).flatMap(([name, { exec = "default" }]) =>
    exports.includes(String(exec)) ? [] : [missingExport(script, String(exec), name, exports, cwd)],
  );
  if (problems.length > 0) {
    throw new ProofloadError("PL_SCENARIO", `${shown(script, cwd)} does not export what its scenarios run`, {
      problems,
    });
  }
  const plugins = [library(undefined), openBesideItsModule(script)];
  return { ...(await bundleEntry(userEntry(script, exports, ours), script, plugins, cwd)), scriptHash: hash };
}

/** The bundle as one file: the map goes with it, so that k6 names lines of the sources. */
export function bundleText(bundle: Pick<Bundle, "code" | "map">): string {
  const encoded = Buffer.from(bundle.map).toString("base64");
  return `${bundle.code}\n//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}

/** A path as a person would type it. */
export function shown(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short.startsWith("..") ? path : short;
}

/** k6's engine parses neither async generators nor for-await; design decision 2. */
export const RECIPE = {
  bundle: true,
  write: false,
  format: "esm",
  platform: "neutral",
  mainFields: ["module", "main"],
  target: "es2022",
  supported: { "async-generator": false, "for-await": false },
  external: ["k6", "k6/*", "https://*"],
  logLevel: "silent",
  outfile: "/bundle.js",
} as const satisfies BuildOptions;

export async function bundleEntry(
  entry: string,
  script: string,
  plugins: Plugin[],
  cwd: string,
): Promise<Omit<Bundle, "scriptHash">> {
  const { outputFiles } = await buildOrExplain(script, cwd, {
    ...RECIPE,
    stdin: { contents: entry, resolveDir: dirname(script), sourcefile: "proofload-entry.js", loader: "js" },
    banner: { js: GUARD },
    minify: true,
    sourcemap: "external",
    sourcesContent: false,
    plugins,
  });
  const code = outputFiles?.find((file) => file.path.endsWith(".js"))?.text ?? "";
  const map = outputFiles?.find((file) => file.path.endsWith(".map"))?.text ?? "{}";
  return { code, map: withFileUrls(map), hash: sha256(code) };
}

/** What a script exports, and the hash of what it does. */
async function readScript(
  script: string,
  library: Plugin,
  cwd: string,
): Promise<{ readonly exports: readonly string[]; readonly hash: string }> {
  const { metafile, outputFiles } = await buildOrExplain(script, cwd, {
    ...RECIPE,
    entryPoints: [script],
    metafile: true,
    minify: true,
    plugins: [library, openBesideItsModule(script, (folder) => relative(dirname(script), folder))],
  });
  const code = outputFiles?.find((file) => file.path.endsWith(".js"))?.text ?? "";
  return { exports: Object.values(metafile?.outputs ?? {})[0]?.exports ?? [], hash: sha256(canonicalScript(code)) };
}

export async function buildOrExplain(script: string, cwd: string, options: BuildOptions) {
  try {
    return await build({ ...options, absWorkingDir: cwd });
  } catch (error) {
    const errors = isBuildFailure(error) ? error.errors : undefined;
    if (errors === undefined) throw error;
    throw new ProofloadError("PL_SCENARIO", `${shown(script, cwd)} cannot be bundled for k6`, {
      problems: errors.map((message) => problemOf(message, script, cwd)),
    });
  }
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

function problemOf(message: Message, script: string, cwd: string): Problem {
  const { location } = message;
  if (location === null) return { what: message.text, where: shown(script, cwd) };
  const line = location.lineText.trim();
  return {
    what: line === "" ? message.text : `${message.text}, in \`${line}\``,
    where: `${shown(resolve(cwd, location.file), cwd)}:${location.line}:${location.column + 1}`,
    ...(location.suggestion === "" ? {} : { instead: location.suggestion }),
  };
}

function missingExport(script: string, exec: string, stream: string, exports: readonly string[], cwd: string): Problem {
  return {
    what: `"${stream}" runs the function ${exec}, which the script does not export`,
    where: shown(script, cwd),
    instead: exports.length === 0 ? `export function ${exec}() { … }` : nearest(exec, exports),
  };
}

/** The plan is no part of a script's hash: it stays an import. */
const PLAN_LEFT_OUT = { text: undefined };

/** Resolves `proofload:plan`, `proofload:lib/…`, and for unchanged k6 scripts (no plan) k6/http. */
export function library(plan: { readonly text: string | undefined } | undefined): Plugin {
  return {
    name: "proofload",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^proofload:plan$/ }, ({ path }) =>
        plan === PLAN_LEFT_OUT ? { path, external: true } : { path, namespace: "proofload" },
      );
      onLoad({ filter: /.*/, namespace: "proofload" }, () => ({ contents: plan?.text ?? "", loader: "js" }));
      onResolve({ filter: /^proofload:lib\// }, ({ path }) => ({
        path: join(LIBRARY, path.slice("proofload:lib/".length)),
      }));
      onResolve({ filter: /^k6\/net\/grpc$/ }, ({ importer }) =>
        importer === GRPC_SHIM ? undefined : { path: GRPC_SHIM },
      );
      onResolve({ filter: /^(?:https?:|k6\/(?:browser|x\/))/ }, ({ path }) => refusedImport(path));
      if (plan !== undefined) return;
      onResolve({ filter: /^k6\/http$/ }, ({ importer }) =>
        importer.startsWith(LIBRARY) ? undefined : { path: SHIM },
      );
    },
  };
}

/** Modules with a way to the network that the guard does not hold; see docs/safety.md. */
function refusedImport(path: string): { readonly errors: { readonly text: string }[] } | undefined {
  if (path.startsWith("https://jslib.k6.io/")) return undefined;
  const why = path.startsWith("http")
    ? "k6 would fetch it from there before the guard stands; keep a copy beside the script"
    : "it opens connections of its own, which the guard does not hold";
  return { errors: [{ text: `"${path}" is not allowed: ${why}` }] };
}

/**
 * k6 resolves `open("./data.json")` from the module that calls it. In a bundle there is one module, which stands for
 * the script itself; modules of other folders get an `open` of their own.
 */
export function openBesideItsModule(script: string, named: (folder: string) => string = (folder) => folder): Plugin {
  return {
    name: "proofload-open",
    setup({ onLoad }) {
      onLoad({ filter: /\.(?:[cm]?[jt]s)$/, namespace: "file" }, async ({ path }) => {
        const folder = dirname(path);
        if (folder === dirname(script) || path.startsWith(LIBRARY)) return undefined;
        const text = await readFile(path, "utf8");
        if (
          !/\bopen\s*\(/.test(text) ||
          /\b(?:function|const|let|var|class)\s+open\b|\bimport\b[^;]*\bopen\b/.test(text)
        ) {
          return undefined;
        }
        const own = `const open = (path, ...more) => globalThis.open(/^(\\/|[a-z]+:)/.test(path) ? path : ${JSON.stringify(`${named(folder)}/`)} + path, ...more);`;
        return { contents: `${own} ${text}`, loader: /ts$/.test(path) ? "ts" : "js", resolveDir: folder };
      });
    },
  };
}

/** esbuild writes sources relative to the output file, which stood at the root. */
function withFileUrls(map: string): string {
  const parsed: unknown = JSON.parse(map);
  if (typeof parsed !== "object" || parsed === null || !("sources" in parsed) || !Array.isArray(parsed.sources))
    return map;
  const sources = parsed.sources.map((source) =>
    typeof source === "string" && !source.includes(":") ? pathToFileURL(resolve("/", source)).href : source,
  );
  return JSON.stringify({ ...parsed, sources });
}
