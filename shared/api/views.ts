import { z } from 'zod';
import { byId, id, route } from './route.ts';

/** Filters and columns of the list of messages, kept under a name. */

const viewWish = z.object({
  name: z.string().trim().min(1).max(60),
  /** For everybody; else for who made it. */
  isShared: z.boolean(),
  /** The query of the page: names and values as its address has them. */
  search: z.record(z.string().max(30), z.string().max(5_000)).refine((search) => Object.keys(search).length <= 30, 'has too many names'),
});

const viewSchema = viewWish.extend({ id, createdBy: z.string() });

export type SavedView = z.output<typeof viewSchema>;

/** Views that everybody sees are changed by those who may `operate`. */
export const viewsRoutes = {
  listViews: route({
    may: 'see',
    method: 'GET',
    path: '/views',
    summary: 'Saved views: those for everybody and one’s own',
    answer: z.object({ items: z.array(viewSchema) }),
  }),
  createView: route({ may: 'see', method: 'POST', path: '/views', summary: 'Save a view', body: viewWish, answer: viewSchema }),
  saveView: route({
    may: 'see',
    method: 'PUT',
    path: '/views/:id',
    summary: 'Change a saved view',
    params: byId,
    body: viewWish,
    answer: viewSchema,
  }),
  deleteView: route({ may: 'see', method: 'DELETE', path: '/views/:id', summary: 'Delete a saved view', params: byId }),
};
