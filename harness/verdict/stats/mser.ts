import { mean } from "./moments.ts";

/**
 * How many values at the start of a series to leave out as warm-up: means of five in a row, cut where the standard error of
 * what remains is smallest. White, Simulation 69 (1997), MSER-5. Undefined where that is not before the middle (such a
 * series has not become steady) or there are fewer than two batches; a last batch that is not full is not looked at.
 */
export function warmupCut(values: readonly number[], batch = 5): number | undefined {
  const means = Array.from({ length: Math.floor(values.length / batch) }, (_, index) =>
    mean(values.slice(index * batch, (index + 1) * batch)),
  );
  const half = Math.floor(means.length / 2);
  const errors = means.slice(0, half + 1).map((_, cut) => {
    const rest = means.slice(cut);
    const centre = mean(rest);
    return rest.reduce((sum, value) => sum + (value - centre) ** 2, 0) / rest.length ** 2;
  });
  const best = errors.indexOf(Math.min(...errors));
  return means.length < 2 || best >= half ? undefined : best * batch;
}
