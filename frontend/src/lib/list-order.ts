/** In which order a list stands. */
export interface ListOrder<Field extends string> {
  field: Field;
  descending: boolean;
}

export interface OrderLook {
  /** In the URL. */
  word: string;
  /** Over the column that shows what the list is sorted by. */
  label: string;
  down: string;
  up: string;
  /** It goes up at first, as names do; else down, as numbers do. */
  upFirst?: true;
}

/** The orders that a list can stand in. The chosen one lives in the URL: "started", or "started:asc" the other way round. */
export class ListOrders<Field extends string> {
  readonly looks: Record<Field, OrderLook>;
  readonly usual: ListOrder<Field>;
  readonly all: ListOrder<Field>[];

  constructor(looks: Record<Field, OrderLook>, usual: ListOrder<Field>) {
    this.looks = looks;
    this.usual = usual;
    this.all = (Object.keys(looks) as Field[]).flatMap((field) => {
      const first = this.first(field);
      return [first, this.turned(first)];
    });
  }

  /** The one that a URL asks for; the usual one where it asks for none, or for what none can be. */
  of(search: URLSearchParams): ListOrder<Field> {
    return this.all.find((order) => this.written(order) === search.get("sort")) ?? this.usual;
  }

  /** What a URL asks for and no order can be. */
  misread(search: URLSearchParams): string[] {
    const sort = search.get("sort");
    return sort === null || this.all.some((order) => this.written(order) === sort) ? [] : [`sort:${sort}`];
  }

  /** The search parameters of an order, for withSearch; it begins at its first page. */
  search(order: ListOrder<Field>): Record<string, string | null> {
    return { sort: this.isUsual(order) ? null : this.written(order), after: null, before: null };
  }

  isUsual({ field, descending }: ListOrder<Field>): boolean {
    return field === this.usual.field && descending === this.usual.descending;
  }

  /** The order by this in the way that it goes at first. */
  first(field: Field): ListOrder<Field> {
    return { field, descending: !this.looks[field].upFirst };
  }

  turned({ field, descending }: ListOrder<Field>): ListOrder<Field> {
    return { field, descending: !descending };
  }

  written({ field, descending }: ListOrder<Field>): string {
    const { word, upFirst } = this.looks[field];
    return descending === !upFirst ? word : `${word}:${descending ? "desc" : "asc"}`;
  }

  words({ field, descending }: ListOrder<Field>): string {
    const { label, down, up } = this.looks[field];
    return `${label}, ${descending ? down : up}`;
  }
}
