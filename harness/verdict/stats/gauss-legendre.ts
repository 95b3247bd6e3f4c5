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
    // The first guess has two digits or more, and every step doubles them.
    const zero = refined(Math.cos((Math.PI * (index + 0.75)) / (count + 0.5)), count, 5);
    const { slope } = legendre(count, zero);
    const half = (to - from) / 2;
    return { at: (from + to) / 2 - half * zero, weight: (2 * half) / ((1 - zero * zero) * slope * slope) };
  });
}

/** A zero of the Legendre polynomial of this degree after some more steps of Newton's. */
function refined(zero: number, degree: number, steps: number): number {
  const { value, slope } = legendre(degree, zero);
  return steps === 0 ? zero : refined(zero - value / slope, degree, steps - 1);
}

/** The Legendre polynomial, and its slope between −1 and 1. */
function legendre(degree: number, x: number): { value: number; slope: number } {
  const [value, before] = bonnet(degree, x);
  return { value, slope: (degree * (x * value - before)) / (x * x - 1) };
}

/** The Legendre polynomials of this degree and of one less, each from the two before it. */
function bonnet(degree: number, x: number): [value: number, before: number] {
  if (degree === 0) return [1, 0];
  const [value, before] = bonnet(degree - 1, x);
  return [((2 * degree - 1) * x * value - (degree - 1) * before) / degree, value];
}
