/**
 * Starts things side by side. When one fails the others are told to stop, and all are waited for, so that nothing is
 * still starting when the error goes on its way; it is the first error that is thrown.
 */
export async function allOrNone<T extends readonly unknown[]>(
  signal: AbortSignal,
  tasks: { readonly [Key in keyof T]: (signal: AbortSignal) => Promise<T[Key]> },
): Promise<T>;
export async function allOrNone(
  signal: AbortSignal,
  tasks: readonly ((signal: AbortSignal) => Promise<unknown>)[],
): Promise<readonly unknown[]> {
  const stop = new AbortController();
  const linked = AbortSignal.any([signal, stop.signal]);
  const errors: unknown[] = [];
  const running = tasks.map(async (task) => {
    try {
      return await task(linked);
    } catch (error) {
      errors.push(error);
      stop.abort(error);
      return undefined;
    }
  });
  const values = await Promise.all(running);
  if (errors.length > 0) throw errors[0];
  return values;
}
