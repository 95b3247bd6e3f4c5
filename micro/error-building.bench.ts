/** A request whose token is in order: the service's check, against one that has its error ready before it knows. */
import type { Benches } from "../harness/micro/bench.ts";
import { AccessTokens } from "../targets/reference/src/auth/tokens.ts";
import { ApiError } from "../targets/reference/src/http/errors.ts";
import { serviceParts } from "./lib/service.ts";

export default function benches(): Benches {
  const { settings, metrics } = serviceParts({ TOKEN_CACHE: "on" });
  const tokens = new AccessTokens(settings, metrics);
  const identity = { userId: 4711, role: "member", sessionKey: "9b1d2c3e4f5061728394a5b6c7d8e9f0" };
  const authorization = `Bearer ${tokens.issue(identity)}`;
  let unused: ApiError | undefined;
  return {
    accepted: () => tokens.identify(authorization),
    straightforward: () => {
      unused = new ApiError(
        401,
        "TOKEN_INVALID",
        `the access token of ${authorization.length} characters is not valid`,
      );
      return tokens.identify(authorization);
    },
    refused: () => {
      try {
        return tokens.identify("Bearer x.y.z");
      } catch (error) {
        return error ?? unused;
      }
    },
  };
}
