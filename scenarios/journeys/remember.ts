import { endpoint } from "../lib/endpoint.ts";
import { random, unique } from "../lib/random.ts";
import type { Session } from "../lib/session.ts";

interface Memory {
  readonly id: number;
  readonly content: string;
}

const create = endpoint<Memory>("memories.create");
const read = endpoint<Memory>("memories.read");

/** A memory is stored and read back. */
export function remember({ token }: Session): void {
  const content = `${unique()} ${random("memory").text(30)}`;
  const created = create({
    token,
    body: { content, tags: ["load"] },
    expect: [201],
    check: (body) => (body.id > 0 && body.content === content) || "not the memory that was sent",
  });
  if (created.ok) {
    read({
      token,
      params: { memoryId: created.body.id },
      check: (body) => body.content === content || "another memory than was stored",
    });
  }
}
