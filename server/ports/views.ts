/** Filters and columns of the list of messages, kept under a name. */

export interface ViewRow {
  id: string;
  name: string;
  /** Null: everybody's. */
  ownerId: string | null;
  search: Record<string, string>;
  createdBy: string;
}

export interface ViewWish {
  name: string;
  ownerId: string | null;
  search: Record<string, string>;
}

export interface ViewStore {
  /** Everybody's and those of one person or token, by name. */
  list(ownerId: string): Promise<ViewRow[]>;
  get(id: string): Promise<ViewRow | undefined>;
  /** @throws VIEW_EXISTS, TOO_MANY_VIEWS */
  create(view: ViewWish, by: string): Promise<ViewRow>;
  /** Undefined when there is none. @throws VIEW_EXISTS */
  save(id: string, view: ViewWish): Promise<ViewRow | undefined>;
  remove(id: string): Promise<boolean>;
}
