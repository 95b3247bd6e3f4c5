/** k6 has a console, and @types/k6 does not say so. */
declare const console: Record<"debug" | "log" | "info" | "warn" | "error", (...values: readonly unknown[]) => void>;
