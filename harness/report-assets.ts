import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { ProofloadError } from "./errors.ts";
import type { ReportAssets } from "./report/html/page.ts";

let built: Promise<ReportAssets> | undefined;

/**
 * Script and style sheet of the HTML report with uPlot in them, bundled once per process (some 50 ms).
 * @throws ProofloadError PL_INTERNAL when they do not bundle: they are part of the package.
 */
export function buildReportAssets(): Promise<ReportAssets> {
  built ??= bundle();
  return built;
}

async function bundle(): Promise<ReportAssets> {
  const folder = fileURLToPath(new URL("report/browser/", import.meta.url));
  const result = await build({
    stdin: {
      contents: 'import "uplot/dist/uPlot.min.css"; import "./report-page.css"; import "./report-page.ts";',
      resolveDir: folder,
      sourcefile: "report.js",
    },
    outfile: "report.js",
    bundle: true,
    write: false,
    minify: true,
    format: "iife",
    platform: "browser",
    target: ["es2022", "chrome120", "firefox121", "safari17"],
    charset: "utf8",
    legalComments: "none",
    // The licence asks for this line wherever the code goes.
    banner: { js: "/*! with uPlot, MIT License, Copyright (c) Leon Sorokin, https://github.com/leeoniya/uPlot */" },
    logLevel: "silent",
    // A user's own tsconfig must not decide how our page is built.
    tsconfigRaw: {},
  }).catch((error: unknown) => {
    throw new ProofloadError("PL_INTERNAL", "the page of the report cannot be bundled", { cause: error });
  });
  const text = (ending: string) => result.outputFiles.find((file) => file.path.endsWith(ending))?.text.trim() ?? "";
  return {
    script: text(".js"),
    style: text(".css"),
    sha256Base64: (content) => createHash("sha256").update(content).digest("base64"),
  };
}
