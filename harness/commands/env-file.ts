/** What docker-compose.yml takes from `.env` and does not start without. A test holds the two together. */
export const SECRETS = [
  "PROOFLOAD_INFLUX_TOKEN",
  "PROOFLOAD_COMPOSE_INFLUXDB_PASSWORD",
  "PROOFLOAD_COMPOSE_GRAFANA_PASSWORD",
] as const;

/** What `proofload init` looks for in a `.env` that is there already. */
export const WANTED = ["PROOFLOAD_INFLUX_URL", ...SECRETS] as const;

export interface EnvFileOptions {
  /** Of InfluxDB and Grafana on this machine. */
  readonly influxPort: number;
  readonly grafanaPort: number;
  /** A new secret at every call, of letters and digits. */
  readonly secret: () => string;
}

/** The text of `.env`: where results go, and the secrets of docker-compose.yml. */
export function envFile({ influxPort, grafanaPort, secret }: EnvFileOptions): string {
  const [token, influxPassword, grafanaPassword] = SECRETS.map((name) => `${name}=${secret()}`);
  return `# Made by \`proofload init\`. Holds secrets: keep it out of version control, and readable by you alone.

# Where \`proofload run\` sends its results. Take the line out, or leave it empty, and nothing is sent.
PROOFLOAD_INFLUX_URL=http://127.0.0.1:${influxPort}
PROOFLOAD_INFLUX_ORG=proofload
PROOFLOAD_INFLUX_BUCKET=proofload
${token}

# For the link to the live dashboard.
PROOFLOAD_GRAFANA_URL=http://127.0.0.1:${grafanaPort}

# For \`docker compose\` alone. InfluxDB's user is proofload, Grafana's is admin; both take their secrets from here at the
# first start only. COMPOSE_PROFILES= leaves Grafana out.
COMPOSE_PROFILES=grafana
PROOFLOAD_COMPOSE_INFLUXDB_PORT=${influxPort}
${influxPassword}
PROOFLOAD_COMPOSE_GRAFANA_PORT=${grafanaPort}
${grafanaPassword}
`;
}
