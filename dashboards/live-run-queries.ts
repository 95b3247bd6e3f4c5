/** What the panels of "Live run" share: what the viewer chose, second by second. */
import { chosen, from } from "./influx-query.ts";

export const ofRun = [chosen("run"), chosen("scenario")] as const;
export const ofPhase = [...ofRun, chosen("phase")] as const;
export const ofEndpoint = [...ofPhase, chosen("endpoint")] as const;
/** Only measured requests are told apart by endpoint; each other phase is one series. */
export const BY_ENDPOINT = ["endpoint", "phase"] as const;
export const ENDPOINT = "$tag_endpoint $tag_phase";

export const requests = from("requests")
  .where(...ofEndpoint)
  .inRange()
  .every();
export const latency = from("latency")
  .where(...ofEndpoint)
  .inRange()
  .every();
export const iterations = from("iterations")
  .where(...ofPhase)
  .inRange()
  .every();
export const resources = from("resources")
  .where(...ofRun)
  .inRange()
  .every();
export const budgets = from("budgets")
  .where(...ofRun)
  .inRange()
  .every();

export const NO_LOAD = "No request yet: it fills as soon as the first second of load is written.";
export const NO_RESOURCES = "No resource sample: they come from the machine that runs proofload, twice a second.";
