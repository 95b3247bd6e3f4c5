/**
 * Mistakes that show while the script is loaded, gathered so that all of them are reported at once; the generated
 * entry calls `reportInitProblems` last. harness/load/inspect.ts reads the message.
 */
export const MARK = "PROOFLOAD_INIT_PROBLEMS";

const problems: { readonly endpoint: string; readonly stack: string }[] = [];

/** Notes the name and where it was asked for; what it returns is never called. */
export function unknownEndpoint(name: string): () => never {
  problems.push({ endpoint: name, stack: String(new Error("here").stack) });
  return () => {
    throw new Error(`unknown endpoint ${name}`);
  };
}

export function reportInitProblems(): void {
  if (problems.length > 0) throw new Error(`${MARK}${JSON.stringify(problems)}${MARK}`);
}
