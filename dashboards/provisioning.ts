/**
 * What Grafana's image reads at its start from /etc/grafana/provisioning. YAML written by hand: it is three short files,
 * and Grafana fills `$NAME` from its environment, so that no token is ever in a file of this repository.
 */
import { DATASOURCE_UID } from "./variables.ts";

/** Where docker-compose.yml mounts dashboards/generated. */
const DASHBOARDS_FOLDER = "/var/lib/grafana/dashboards/proofload";

export const DATASOURCE_FILE = `# Made by \`proofload dashboards\`. The variables are Grafana's environment; see docker-compose.yml.
apiVersion: 1
datasources:
  - name: proofload
    uid: ${DATASOURCE_UID}
    type: influxdb
    access: proxy
    url: $PROOFLOAD_GRAFANA_INFLUX_URL
    isDefault: true
    editable: false
    jsonData:
      version: InfluxQL
      dbName: $PROOFLOAD_INFLUX_BUCKET
      httpMode: POST
      httpHeaderName1: Authorization
      timeInterval: 1s
    secureJsonData:
      httpHeaderValue1: Token $PROOFLOAD_INFLUX_TOKEN
`;

export const DASHBOARDS_FILE = `# Made by \`proofload dashboards\`.
apiVersion: 1
providers:
  - name: proofload
    folder: proofload
    type: file
    disableDeletion: true
    allowUiUpdates: false
    options:
      path: ${DASHBOARDS_FOLDER}
`;
