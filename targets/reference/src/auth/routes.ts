import { randomBytes } from "node:crypto";
import { Type } from "@fastify/type-provider-typebox";
import pg from "pg";
import { statement } from "../db/statement.ts";
import type { App } from "../http/app.ts";
import { ApiError } from "../http/errors.ts";
import { Id, Text } from "../http/schemas.ts";
import type { Services } from "../services.ts";
import type { OpenSession } from "./sessions.ts";

interface UserRow {
  readonly id: number;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly password_hash: string;
}

const insertUser = statement(
  "user_insert",
  "INSERT INTO users (email, name, password_hash) VALUES ($1, $2, $3) RETURNING id, email, name, role, password_hash",
);
const findUser = statement("user_by_email", "SELECT id, email, name, role, password_hash FROM users WHERE email = $1");

const Email = Type.String({ maxLength: 254, pattern: "^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$" });
const RefreshToken = Text(200);
const Credentials = { accessToken: Type.String(), refreshToken: Type.String(), expiresIn: Type.Integer() };
const SignedIn = Type.Object({
  user: Type.Object({ id: Id, email: Type.String(), name: Type.String() }),
  ...Credentials,
});

/** Registration, log-in, refresh, log-out: the only routes of the API without an access token. */
export function authRoutes(app: App, { settings, db, passwords, sessions, tokens }: Services): void {
  const credentials = (session: OpenSession) => ({
    accessToken: tokens.issue(session),
    refreshToken: session.refreshToken,
    expiresIn: settings.accessTokenSeconds,
  });
  const signIn = async ({ id, email, name, role }: UserRow) => ({
    user: { id, email, name },
    ...credentials(await sessions.open({ userId: id, role })),
  });

  app.post(
    "/api/auth/register",
    {
      schema: {
        body: Type.Object({ email: Email, password: Text(200, 8), name: Text(200) }),
        response: { 201: SignedIn },
      },
    },
    async (request, reply) => {
      const { email, password, name } = request.body;
      const hash = await passwords.hash(password, randomBytes(16));
      const user = await db.first<UserRow>(insertUser, [email.toLowerCase(), name, hash]).catch((error: unknown) => {
        if (error instanceof pg.DatabaseError && error.code === "23505")
          throw new ApiError(409, "EMAIL_TAKEN", "a user with this e-mail address exists already");
        throw error;
      });
      if (user === undefined) throw new Error("INSERT … RETURNING gave no row");
      request.userId = user.id;
      return reply.code(201).send(await signIn(user));
    },
  );

  app.post(
    "/api/auth/login",
    { schema: { body: Type.Object({ email: Text(254), password: Text(200) }), response: { 200: SignedIn } } },
    async (request) => {
      const { email, password } = request.body;
      const user = await db.first<UserRow>(findUser, [email.toLowerCase()]);
      // Also without such a user: the time of the answer must not tell which addresses are registered.
      const right = await passwords.verify(password, user?.password_hash);
      if (user === undefined || !right)
        throw new ApiError(401, "WRONG_CREDENTIALS", "the e-mail address or the password is wrong");
      request.userId = user.id;
      return signIn(user);
    },
  );

  app.post(
    "/api/auth/refresh",
    { schema: { body: Type.Object({ refreshToken: RefreshToken }), response: { 200: Type.Object(Credentials) } } },
    async (request) => {
      const session = await sessions.rotate(request.body.refreshToken);
      request.userId = session.userId;
      return credentials(session);
    },
  );

  // The session is named by the refresh token in the body, or else by the access token that asks.
  app.post("/api/auth/logout", async (request, reply) => {
    const refreshToken = refreshTokenIn(request.body);
    const sessionKey =
      refreshToken === undefined
        ? tokens.identify(request.headers.authorization).sessionKey
        : await sessions.keyOf(refreshToken);
    if (sessionKey !== undefined) {
      await sessions.close(sessionKey);
      tokens.revoke(sessionKey);
    }
    return reply.code(204).send();
  });
}

function refreshTokenIn(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("refreshToken" in body)) return undefined;
  return typeof body.refreshToken === "string" ? body.refreshToken : undefined;
}
