import type { MicroRecord } from "../../collect/micro-record.ts";
import type { RunRecord, ScenarioRecord } from "../../collect/record.ts";
import type { Plan } from "../../plan/plan.ts";
import { formatValue } from "../format.ts";
import { layoutLines } from "../hardware.ts";
import { speedLabel } from "../view.ts";
import { type Content, html, type Markup } from "./markup.ts";

/** What it ran on, with which versions, and what of the declared hardware was not enforced. */
export function machineSection(record: RunRecord, plan: Plan): Markup {
  const [scenario] = record.scenarios;
  const [micro] = record.micro ?? [];
  return html`<section id="environment" aria-labelledby="environment-title"><header><h2 id="environment-title">Environment</h2></header>
<div class="card">${scenario !== undefined ? facts(record, scenario, plan) : micro !== undefined ? microFacts(record, micro) : html`<p class="empty">No scenario ran.</p>`}</div></section>`;
}

function facts(record: RunRecord, scenario: ScenarioRecord, plan: Plan): Markup {
  const { parts, kind, baseUrl, engine } = scenario.environment;
  const { machine, k6 } = record.fingerprint;
  const { generator } = scenario.instrument;
  const profiles = plan.scenarios.map(
    ({ profile }) => `${profile.name}: ${profile.cpus} CPUs, ${profile.memoryGiB} GiB`,
  );
  const settings = plan.scenarios.flatMap((entry) =>
    Object.entries(entry.settings).map(([name, value]) => `${entry.name}: ${name}=${secret(name) ? "•••" : value}`),
  );
  const rows: readonly (readonly [string, Content])[] = [
    ...machineRows(record),
    ["Declared hardware", list(profiles)],
    ["Laid out here", list(layoutLines(scenario.environment))],
    ["Not enforced here", list(record.scenarios.flatMap((entry) => entry.environment.limits))],
    ["Environment", `${kind}, ${withoutSecrets(baseUrl)}`],
    [
      "Containers",
      engine === undefined
        ? undefined
        : `${engine.name} ${engine.version}, control groups v${engine.cgroupVersion}${engine.rootless ? ", rootless" : ""}`,
    ],
    ["Parts", list(parts.map((part) => `${part.name}: ${part.version ?? "version unknown"}`))],
    ["Images", list(parts.flatMap(({ image }) => (image === undefined ? [] : [`${image.name}: ${image.digest}`])))],
    [
      "Load generator",
      `k6 ${scenario.outcome.k6Version}${k6 === undefined ? "" : ` (sha256 ${k6.sha256.slice(0, 16)}…)`}, up to ${formatValue(generator.allowedCores, "count")} cores, peak memory ${formatValue(generator.peakRssBytes, "bytes")}`,
    ],
    ["Harness", `proofload ${record.proofloadVersion}, Node ${machine.node}`],
    ["Settings of the service", list(settings)],
    ["Seed of the data", list(plan.scenarios.map((entry) => `${entry.target}: ${entry.data.seed}`))],
    ["Workload", list(record.scenarios.map(workloadLine))],
  ];
  return factList(rows);
}

function machineRows({ fingerprint }: RunRecord): readonly (readonly [string, Content])[] {
  const { cpuModel, cpus, cores, smt, governor, memoryBytes, kernel, cgroup, platform } = fingerprint.machine;
  return [
    ["Machine", `${cpuModel}, ${cpus} CPUs (${cores}), ${formatValue(memoryBytes, "bytes")}`],
    ["Clock and threads", `governor ${governor}, two threads a core: ${smt}`],
    ["System", `${platform}, kernel ${kernel}, control groups ${cgroup}`],
    ["Speed before the run", speedLabel(fingerprint)],
  ];
}

function workloadLine({ name, workload }: ScenarioRecord | MicroRecord): string {
  return `${name}: sha256 ${workload.hash.slice(0, 16)}…`;
}

function microFacts(record: RunRecord, { nodeFlags }: MicroRecord): Markup {
  const { machine } = record.fingerprint;
  return factList([
    ...machineRows(record),
    ["Harness", `proofload ${record.proofloadVersion}, Node ${machine.node}`],
    ["Flags of the measured Node", nodeFlags.join(" ")],
    ["Workload", list((record.micro ?? []).map(workloadLine))],
  ]);
}

function factList(rows: readonly (readonly [string, Content])[]): Markup {
  return html`<dl class="facts">${rows
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function list(lines: readonly string[]): Markup | undefined {
  const distinct = [...new Set(lines)];
  return distinct.length === 0
    ? undefined
    : html`<ul>${distinct.slice(0, 100).map((line) => html`<li>${line}</li>`)}</ul>`;
}

function secret(name: string): boolean {
  return /secret|password|passwd|token|credential|private|api_?key/i.test(name);
}

/** A report is passed on: an address keeps neither a name and password nor a query. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*$/s, "");
}
