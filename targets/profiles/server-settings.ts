/**
 * What the documentation of Postgres recommends for a server of its own: a quarter of the memory for its buffers, the
 * rest of it for the system's cache. Percentages follow the memory that Postgres gets in the profile.
 */
export const postgresSettings = {
  shared_buffers: "25 %",
  effective_cache_size: "75 %",
  maintenance_work_mem: "5 %",
  max_connections: "100",
} as const;

/** Redis needs room beside its data: buffers of clients, and copies while it writes. Full is an error, not an eviction. */
export const redisSettings = { maxmemory: "75 %", "maxmemory-policy": "noeviction" } as const;
