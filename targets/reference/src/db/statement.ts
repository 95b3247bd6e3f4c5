/** A statement with a stable name: prepared once per connection, and the label of its metric. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Names are unique over the service; two statements of one name would share one prepared plan. */
export function statement(name: string, text: string): Statement {
  if (names.has(name)) throw new Error(`two SQL statements are named ${name}`);
  names.add(name);
  return { name, text: text.replaceAll(/\s+/g, " ").trim() };
}

const names = new Set<string>();
