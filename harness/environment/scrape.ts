import { ProofloadError } from "../errors.ts";
import { type AskOptions, get, reasonOf } from "./readiness.ts";

const TIMEOUT_MS = 5000;

/**
 * The service's own counters in Prometheus text; undefined where the definition names no path.
 * @throws ProofloadError PL_PART_DIED when the service does not answer with 2xx within 5 s.
 */
export async function scrapeMetrics(
  baseUrl: string,
  metricsPath: string | undefined,
  options: AskOptions = {},
): Promise<string | undefined> {
  if (metricsPath === undefined) return undefined;
  const url = `${baseUrl}${metricsPath}`;
  const answer = await get(url, TIMEOUT_MS, options).catch((error: unknown) => {
    throw new ProofloadError("PL_PART_DIED", `the service does not answer GET ${url}: ${reasonOf(error)}`, {
      cause: error,
    });
  });
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new ProofloadError("PL_PART_DIED", `the service answers GET ${url} with ${answer.status}`);
}
