import type { AbRecord } from "../../collect/ab-record.ts";
import type { AbFigureVerdict, AbVerdict } from "../../verdict/ab/ab-verdict.ts";
import { attributes, type Case, caseLines, counts } from "../junit.ts";
import { detectableSentence, figureText } from "./ab-text.ts";

/**
 * A suite with a case for each gated figure, and one for the comparison itself: INVALID is an error, for nothing was
 * tested; REGRESSED and INCONCLUSIVE are failures. Nothing of an invalid comparison is green.
 */
export function renderAbJunit(record: AbRecord, verdict: AbVerdict): string {
  const cases = [
    comparisonCase(verdict),
    ...verdict.figures.filter(({ gated }) => gated).map((one) => figureCase(one, verdict)),
  ];
  const seconds = record.starts.reduce((sum, { measuredSeconds }) => sum + measuredSeconds, 0).toFixed(3);
  const name = `ab ${record.scenario}`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: "proofload ab", ...counts(cases), time: seconds })}>`,
    `  <testsuite${attributes({ name, ...counts(cases), time: seconds, timestamp: record.createdAt })}>`,
    "    <properties>",
    ...Object.entries({
      verdict: verdict.kind,
      run: record.runId,
      base: record.sides.base.given,
      head: record.sides.head.given,
      proofload: record.proofloadVersion,
    }).map(([key, value]) => `      <property${attributes({ name: key, value })}/>`),
    "    </properties>",
    ...cases.flatMap((one) => caseLines(one, `${record.target}.${name}`)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** What no figure shows: an unsound instrument, and answers that fail. */
function comparisonCase(verdict: AbVerdict): Case {
  const name = "the comparison itself";
  const text = [verdict.sentence, ...verdict.reasons.map(({ sentence }) => sentence), detectableSentence(verdict)].join(
    "\n",
  );
  if (verdict.kind === "INVALID") return { name, outcome: "error", type: "INVALID", message: verdict.sentence, text };
  const functional = verdict.reasons.find(({ kind }) => kind === "FAIL" || kind === "INCONCLUSIVE");
  return functional === undefined
    ? { name, outcome: "passed", text }
    : { name, outcome: "failure", type: functional.code, message: functional.sentence, text };
}

function figureCase(figure: AbFigureVerdict, verdict: AbVerdict): Case {
  const { name, base, head, change, interval, detectable, said } = figureText(figure);
  const text = `base ${base}, head ${head}, change ${change} (${interval}), would have been seen from ${detectable}`;
  if (verdict.kind === "INVALID") {
    return { name, outcome: "skipped", message: "not judged: the comparison is INVALID", text };
  }
  switch (figure.kind) {
    case "EQUIVALENT":
    case "IMPROVED":
      return { name, outcome: "passed", text: `${said}: ${text}` };
    case "REGRESSED":
      return { name, outcome: "failure", type: "regression", message: `${change} (${interval})`, text };
    default:
      return { name, outcome: "failure", type: "inconclusive", message: `${change} (${interval})`, text };
  }
}
