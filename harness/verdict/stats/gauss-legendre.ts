export interface Node {
  readonly at: number;
  readonly weight: number;
}

/**
 * Points and weights that integrate a smooth function from `from` to `to`: exact for polynomials of degree 2n − 1. The points
 * are the zeros of the Legendre polynomial, by Newton's method. Press et al., Numerical Recipes, 3rd ed., section 4.6.
 */
export function gaussLegendre(count: number, from: number, to: number): Node[] {
  return Array.from({ length: count }, (_, index) => {
    let zero = Math.cos((Math.PI * (index + 0.75)) / (count + 0.5));
    let slope = 1;
    // The first guess has two digits or more, and every step doubles them.
    for (let step = 0; step < 6; step += 1) {
      const [value, before] = legendre(count, zero);
      slope = (count * (zero * value - before)) / (zero * zero - 1);
      zero -= value / slope;
    }
    const half = (to - from) / 2;
    return { at: (from + to) / 2 - half * zero, weight: (2 * half) / ((1 - zero * zero) * slope * slope) };
  });
}

/** The Legendre polynomials of degree `degree` and of one less. */
function legendre(degree: number, x: number): [value: number, before: number] {
  let before = 0;
  let value = 1;
  for (let step = 1; step <= degree; step += 1) {
    [before, value] = [value, ((2 * step - 1) * x * value - (step - 1) * before) / step];
  }
  return [value, before];
}
