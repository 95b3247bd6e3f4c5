import type { RequirementVerdict, Verdict } from "../../verdict/verdict.ts";
import type { Mark } from "../marks.ts";
import { html, type Markup } from "./markup.ts";
import { badge, table } from "./parts.ts";

const MARKS: Readonly<Record<RequirementVerdict["state"], Mark | undefined>> = {
  met: "PASS",
  warning: "WARN",
  missed: "FAIL",
  inconclusive: "INCONCLUSIVE",
  "not measured": undefined,
};

/** Every promise of the targets in this run; those without a figure are here too, and say why. */
export function requirementsSection({ requirements }: Verdict): Markup {
  const targets = [...new Set(requirements.map((requirement) => requirement.target))];
  const head = [{ title: "Promise" }, { title: "" }, { title: "State" }, { title: "Evidence" }];
  return html`<section id="requirements" aria-labelledby="requirements-title"><header><h2 id="requirements-title">Promises</h2>
<p class="about">What the specifications promise, and what this run says about it.</p></header>
${requirements.length === 0 ? html`<div class="card"><p class="empty">No specification: a script of the user's own.</p></div>` : undefined}
${targets.map((target) => {
  const rows = requirements.filter((requirement) => requirement.target === target);
  const measured = rows.filter((requirement) => requirement.state !== "not measured").length;
  return html`<div class="card"><h3>${target} <small>${measured} of ${rows.length} measured in this run</small></h3>${table(
    `Promises of ${target}`,
    head,
    rows.map(row),
  )}</div>`;
})}</section>`;
}

function row({ id, promise, state, evidence }: RequirementVerdict): Markup {
  const mark = MARKS[state];
  return html`<tr><th scope="row"><code>${id}</code></th><td class="wide">${promise}</td>
<td>${mark === undefined ? html`<span class="badge kind-NOT_COMPARABLE">not measured</span>` : badge(mark, state)}</td>
<td class="wide">${evidence}</td></tr>`;
}
