/** Rules that cannot be run as they are; the message names the rule, the place in it and what was expected. */
export class RuleError extends Error {
  override readonly name: string = "RuleError";
}

/** Rules that set one another off without end. */
export class CycleError extends RuleError {
  override readonly name = "CycleError";
  /** Names of the rules that fired last, each once, in the order of the rules. */
  readonly rules: readonly string[];

  constructor(message: string, rules: readonly string[]) {
    super(message);
    this.rules = rules;
  }
}
