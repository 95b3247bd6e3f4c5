/** One field in which two things that were declared differ; values as a person reads them. */
export interface Difference {
  /** "machine.kernel", "scenarios.load.streams.mix.measured.rate" */
  readonly field: string;
  readonly left: string;
  readonly right: string;
}

/** What stands for a field that one side does not have. */
const ABSENT = "none";

/** Every leaf in which two trees of plain data differ; `undefined` is the same as absent. Ordered by field. */
export function differencesBetween(left: unknown, right: unknown, field = ""): Difference[] {
  if (isTree(left) && isTree(right)) {
    const [a, b] = [childrenOf(left), childrenOf(right)];
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return names.flatMap((name) => differencesBetween(a[name], b[name], field === "" ? name : `${field}.${name}`));
  }
  return left === right ? [] : [{ field, left: shown(left), right: shown(right) }];
}

/** The same text for the same data, whatever the order of its fields. */
export function canonicalText(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) =>
    isTree(value) && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}

function isTree(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function childrenOf(tree: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(tree));
}

function shown(value: unknown): string {
  if (value === undefined) return ABSENT;
  return isTree(value) ? canonicalText(value) : String(value);
}
