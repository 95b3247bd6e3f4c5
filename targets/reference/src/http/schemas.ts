import { type TSchema, Type } from "@fastify/type-provider-typebox";

/** A row's id: Postgres' integer. */
export const Id = Type.Integer({ minimum: 1, maximum: 2_147_483_647 });

export const PageQuery = Type.Object({
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
  pageSize: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
});

export interface Page {
  readonly page: number;
  readonly pageSize: number;
}

export function pageOf(query: { readonly page?: number; readonly pageSize?: number }): Page {
  return { page: query.page ?? 1, pageSize: query.pageSize ?? 20 };
}

/** The body of one page of rows. */
export function PageOf<Item extends TSchema>(item: Item) {
  return Type.Object({
    items: Type.Array(item),
    page: Type.Integer(),
    pageSize: Type.Integer(),
    total: Type.Integer(),
  });
}

/** Text that means something: not empty, not endless. */
export function Text(maxLength: number, minLength = 1) {
  return Type.String({ minLength, maxLength });
}
