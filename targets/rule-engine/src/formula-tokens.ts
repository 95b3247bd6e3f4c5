/** The words of a formula, with their places; the grammar is in formula.ts. */

/** A formula that cannot be parsed; the message says where, what was found and what was expected. */
export class FormulaError extends Error {
  override readonly name = "FormulaError";
}

export type Token =
  | { readonly kind: "number"; readonly at: number; readonly value: number }
  | { readonly kind: "text" | "name" | "sign"; readonly at: number; readonly value: string }
  | { readonly kind: "end"; readonly at: number };

/** One sticky expression per kind; none of them can backtrack more than its own length. */
const blank = /[ \t\r\n]+/y;
const number = /(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
const plainName = /[\p{L}_$][\p{L}\p{M}\p{N}_$]*/uy;
const quotedName = /`([^`]*)`/y;
const quotedText = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/sy;
const sign = /[-+*/%(),.]/y;

/** @throws FormulaError */
export function tokens(source: string): readonly Token[] {
  const found: Token[] = [];
  let at = 0;
  const match = (expression: RegExp): RegExpExecArray | undefined => {
    expression.lastIndex = at;
    return expression.exec(source) ?? undefined;
  };
  while (at < source.length) {
    const space = match(blank);
    if (space !== undefined) {
      at += space[0].length;
      continue;
    }
    const [token, length] = tokenAt(match, at) ?? [];
    if (token === undefined || length === undefined) throw new FormulaError(unreadable(source, at));
    found.push(token);
    at += length;
  }
  found.push({ kind: "end", at });
  return found;
}

function tokenAt(
  match: (expression: RegExp) => RegExpExecArray | undefined,
  at: number,
): readonly [Token, number] | undefined {
  const digits = match(number);
  if (digits !== undefined) {
    const value = Number(digits[0]);
    if (!Number.isFinite(value)) {
      throw new FormulaError(`the number at character ${at + 1} is too large: the largest is about 1.8e308`);
    }
    return [{ kind: "number", at, value }, digits[0].length];
  }
  const name = match(plainName) ?? match(quotedName);
  if (name !== undefined) return [{ kind: "name", at, value: name[1] ?? name[0] }, name[0].length];
  const quoted = match(quotedText);
  if (quoted !== undefined) {
    return [{ kind: "text", at, value: unescaped(quoted[1] ?? quoted[2] ?? "", at) }, quoted[0].length];
  }
  const operator = match(sign);
  return operator === undefined ? undefined : [{ kind: "sign", at, value: operator[0] }, 1];
}

function unescaped(body: string, at: number): string {
  return body.replace(/\\(.)/gs, (_, escaped: string) => {
    if (escaped === "n") return "\n";
    if (escaped === "t") return "\t";
    if (`'"\\`.includes(escaped)) return escaped;
    throw new FormulaError(
      `unknown escape “\\${escaped}” in the text at character ${at + 1}: \\\\, \\', \\", \\n and \\t exist`,
    );
  });
}

function unreadable(source: string, at: number): string {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  const place = `at character ${at + 1}`;
  if (`'"\``.includes(character)) return `the ${character} ${place} is never closed`;
  return `found “${character}” ${place}, expected a number, a text, a field or an operator`;
}

export function shortened(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
