import { limits } from "./limits.ts";

export interface Problem {
  /** `rule “late shift” (rules[3])`, `facts[17]`, or what else holds the path. */
  readonly subject: string;
  /** `when.all[2].operator`; empty where the subject itself is meant. */
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  /** What to type instead, where that can be guessed. */
  readonly instead?: string;
  /**
   * form: the JSON Schema refuses it too. meaning: only a reader who knows other parts of the rules can see it
   * (duplicates, unknown names, the syntax of formulas and regular expressions, nesting, totals, days that do not exist).
   */
  readonly kind: "form" | "meaning";
}

export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      /** Further problems that are not described. */
      readonly more: number;
    };

export class Problems {
  readonly #described: Problem[] = [];
  #more = 0;

  /** Where the problems have no room any more, it is only counted, and never made. */
  add(problem: () => Problem): void {
    if (this.#described.length < limits.problems) this.#described.push(problem());
    else this.#more++;
  }

  get count(): number {
    return this.#described.length + this.#more;
  }

  verdict<T>(value: T): Validated<T> {
    return this.count > 0 ? { ok: false, problems: this.#described, more: this.#more } : { ok: true, value };
  }
}

/** One line: where, what was expected, what was found, what to type. */
export function describeProblem({ subject, path, expected, found, instead }: Problem): string {
  const place = path === "" ? subject : `${subject}, ${path}`;
  const advice = instead === undefined ? "" : `. Write ${instead}`;
  return `${place}: expected ${expected}, found ${found}${advice}`;
}

/** One line per problem. */
export function describeProblems({ problems, more }: Extract<Validated<unknown>, { readonly ok: false }>): string {
  const lines = problems.map(describeProblem);
  if (more > 0) lines.push(`… and ${more} more problems`);
  return lines.join("\n");
}
