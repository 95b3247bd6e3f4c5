import grpc from "k6/net/grpc";

/**
 * What a script imports as "k6/net/grpc": k6's own module, but for addresses with a scheme. "dns://server/name" asks that
 * server, and "unix:…" and the like are other ways round k6's deny-list of addresses.
 */
interface RealClient {
  connect(address: string, params?: unknown): boolean;
}

const reals = new WeakMap<object, RealClient>();

// A function and no class: what `new` gives is k6's own object behind a proxy, as a host object takes no other method.
export function Client(): object {
  const real = new grpc.Client() as unknown as RealClient & Record<PropertyKey, unknown>;
  const connect = (address: string, params?: unknown): boolean => {
    if (!/^(?:\[[^\]/]+\]|[^:/[\]]+):\d+$/.test(String(address))) {
      throw new Error(`proofload: not allowed: gRPC to ${address}; type host:port`);
    }
    return params === undefined ? real.connect(address) : real.connect(address, params);
  };
  // Of an empty object: what stands for a host object may not answer otherwise than it.
  const client = new Proxy({}, { get: (_, key) => (key === "connect" ? connect : real[key]) });
  reals.set(client, real);
  return client;
}

export function Stream(client: object, ...more: unknown[]): object {
  const Real = grpc.Stream as unknown as new (client: object, ...more: unknown[]) => object;
  return new Real(reals.get(client) ?? client, ...more);
}

export const {
  HealthCheckNotServing,
  HealthCheckServiceUnkown,
  HealthCheckServing,
  HealthCheckUnknown,
  StatusAborted,
  StatusAlreadyExists,
  StatusCanceled,
  StatusDataLoss,
  StatusDeadlineExceeded,
  StatusFailedPrecondition,
  StatusInternal,
  StatusInvalidArgument,
  StatusNotFound,
  StatusOK,
  StatusOutOfRange,
  StatusPermissionDenied,
  StatusResourceExhausted,
  StatusUnauthenticated,
  StatusUnavailable,
  StatusUnimplemented,
  StatusUnknown,
} = grpc as unknown as Record<string, unknown>;

export default { ...grpc, Client, Stream };
