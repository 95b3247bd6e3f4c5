import type { Parsed } from "./quantity.ts";

/** "0", "0-3", "0,2-3" as Linux writes sets of cores → ids, ascending, each once. */
export function parseCpuset(text: string): Parsed<readonly number[]> {
  const cores = new Set<number>();
  for (const part of text.split(",")) {
    const [, from, to] = /^\s*(\d{1,4})(?:-(\d{1,4}))?\s*$/.exec(part) ?? [];
    const first = Number(from);
    const last = to === undefined ? first : Number(to);
    if (from === undefined || last < first) {
      return { ok: false, what: `"${text}" is no set of cores`, instead: '"0", "0-3" or "0,2"' };
    }
    for (let core = first; core <= last; core += 1) cores.add(core);
  }
  return { ok: true, value: [...cores].sort((a, b) => a - b) };
}

/** Ascending ids → "0-1,3". */
export function formatCpuset(cores: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const core of cores) {
    const run = runs.at(-1);
    if (run !== undefined && core === run[1] + 1) run[1] = core;
    else runs.push([core, core]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(",");
}
