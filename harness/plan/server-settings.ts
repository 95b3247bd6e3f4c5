import type { Problem } from "../errors.ts";

/** Settings that are memory of the part, which must fit into it. */
const TAKES_MEMORY = ["shared_buffers", "maxmemory"];
const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1024,
  mb: 1024 ** 2,
  gb: 1024 ** 3,
  tb: 1024 ** 4,
};

/**
 * The settings of a server on its part of the memory: "25 %" is a quarter of it, written as the server wants it; all
 * else stays as it is. What cannot fit is a problem.
 */
export function settingsOn(
  settings: Readonly<Record<string, string>>,
  memoryBytes: number,
  { where, unit }: { readonly where: string; readonly unit: "MB" | "mb" },
  problems: Problem[],
): Record<string, string> {
  const resolved = Object.entries(settings).map(([name, text]): [string, string] => {
    const percent = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)?.[1];
    const bytes = percent === undefined ? bytesOf(text) : (memoryBytes * Number(percent)) / 100;
    if (bytes !== undefined && bytes >= memoryBytes && TAKES_MEMORY.includes(name)) {
      problems.push({
        what: `${text} is all of the ${mebibytes(memoryBytes)} MiB that the part gets, or more`,
        where: `${where}.${name}`,
        instead: `"25 %", which follows the memory`,
      });
    }
    return [name, percent === undefined ? text : `${Math.max(1, mebibytes(bytes ?? 0))}${unit}`];
  });
  return Object.fromEntries(resolved);
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 1024 ** 2);
}

function bytesOf(text: string): number | undefined {
  const [, number, unit = ""] = /^\s*(\d+)\s*([kmgt]?b?)\s*$/i.exec(text) ?? [];
  const factor = FACTORS[unit.toLowerCase()];
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}
