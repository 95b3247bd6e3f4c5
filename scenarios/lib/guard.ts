/**
 * Evaluated before everything else in a bundle. k6 fetches `require("https://…")` by a way of its own, which its
 * deny-list of addresses knows nothing of; imports are checked where the script is bundled.
 */
const host = globalThis as unknown as { require: (id: string) => unknown };
const real = host.require;

host.require = (id: string): unknown => {
  const name = String(id);
  if (/^k6\/(?:browser|x\/|net\/grpc)/.test(name) || !/^(?:k6(?:\/|$)|\.{0,2}\/|file:)/.test(name)) {
    throw new Error(`proofload: not allowed: require("${name}"); write it as an import`);
  }
  return real(name);
};
