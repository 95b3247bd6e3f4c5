import { parse } from "acorn";

/**
 * A minified module as text in which the names of its locals are numbers. The minifier alone does not do: it gives the
 * shortest names to the most frequent locals, but which letters are short for a file depends on the names in its source.
 * Names that mean something outside (globals, properties, imports and exports) stay as they are.
 *
 * Throws a SyntaxError for what is no module. Takes what esbuild's minifier left, where no local has a global's name.
 */
export function canonicalScript(minified: string): string {
  const tree = parse(minified, { ecmaVersion: "latest", sourceType: "module" });
  const locals = new Set<string>();
  collectLocals(tree, locals);
  const numbers = new Map<string, string>();
  const numbered = (name: string, kind: string) => {
    const key = `${kind} ${name}`;
    const known = numbers.get(key) ?? `${kind} ${numbers.size}`;
    numbers.set(key, known);
    return known;
  };
  const nameOf: NameOf = (name, kind) => (kind === "local" && !locals.has(name) ? name : numbered(name, kind));
  return JSON.stringify(plainOf(tree, nameOf));
}

type Node = Readonly<Record<string, unknown>> & { readonly type: string };
type NameOf = (name: string, kind: "local" | "label") => string;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Names that are declared anywhere in the module. */
function collectLocals(value: unknown, locals: Set<string>): void {
  if (Array.isArray(value)) for (const one of value) collectLocals(one, locals);
  if (!isNode(value)) return;
  switch (value.type) {
    case "VariableDeclarator":
    case "ClassDeclaration":
    case "ClassExpression":
      collectPattern(value["id"], locals);
      break;
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      collectPattern(value["id"], locals);
      collectPattern(value["params"], locals);
      break;
    case "CatchClause":
      collectPattern(value["param"], locals);
      break;
    case "ImportSpecifier":
    case "ImportDefaultSpecifier":
    case "ImportNamespaceSpecifier":
      collectPattern(value["local"], locals);
      break;
  }
  for (const child of Object.values(value)) collectLocals(child, locals);
}

function collectPattern(pattern: unknown, locals: Set<string>): void {
  if (Array.isArray(pattern)) for (const one of pattern) collectPattern(one, locals);
  if (!isNode(pattern)) return;
  switch (pattern.type) {
    case "Identifier":
      locals.add(String(pattern["name"]));
      break;
    case "ObjectPattern":
      collectPattern(pattern["properties"], locals);
      break;
    case "Property":
      collectPattern(pattern["value"], locals);
      break;
    case "ArrayPattern":
      collectPattern(pattern["elements"], locals);
      break;
    case "AssignmentPattern":
      collectPattern(pattern["left"], locals);
      break;
    case "RestElement":
      collectPattern(pattern["argument"], locals);
      break;
  }
}

/** Fields that say where a node stands, or the same once more in another way. */
const LEFT_OUT = new Set(["start", "end", "shorthand"]);

/** Fields whose identifiers are no variables, by type of the node. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  MemberExpression: ["property"],
  Property: ["key"],
  MethodDefinition: ["key"],
  PropertyDefinition: ["key"],
  ImportSpecifier: ["imported"],
  ExportSpecifier: ["exported"],
  ExportAllDeclaration: ["exported"],
  MetaProperty: ["meta", "property"],
};

function plainOf(value: unknown, nameOf: NameOf): unknown {
  if (Array.isArray(value)) return value.map((one) => plainOf(one, nameOf));
  if (!isNode(value)) return typeof value === "bigint" ? `${value}n` : value;
  if (value.type === "Identifier") return nameOf(String(value["name"]), "local");
  // A value may be no JSON (regular expressions, large integers): what is written is the same for all of them.
  if (value.type === "Literal")
    return { literal: typeof value["value"] === "string" ? value["value"] : value["raw"], is: typeof value["value"] };
  const names = value["computed"] === true ? [] : (NAMES[value.type] ?? []);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => !LEFT_OUT.has(field))
      .map(([field, child]) => [field, fieldOf(field, child, names, nameOf)]),
  );
}

function fieldOf(field: string, child: unknown, names: readonly string[], nameOf: NameOf): unknown {
  if (!isNode(child) || child.type !== "Identifier") return plainOf(child, nameOf);
  const name = String(child["name"]);
  if (field === "label") return nameOf(name, "label");
  return names.includes(field) ? `name ${name}` : nameOf(name, "local");
}
