import type { SavedView } from '../../shared/api/views.ts';
import { FlowError } from '../../shared/errors.ts';
import { roleTable } from '../../shared/roles.ts';
import type { Visitor } from '../ports/security.ts';
import type { ViewRow } from '../ports/views.ts';
import type { HttpParts } from './parts.ts';
import type { Handlers } from './route.ts';
import { nameOf, visitorOf } from './visitor.ts';

export function viewRoutes({ views }: HttpParts): Pick<Handlers, 'listViews' | 'createView' | 'saveView' | 'deleteView'> {
  /** Another's view is none that the visitor can see. @throws NOT_FOUND, NOT_ALLOWED */
  async function own(id: string, visitor: Visitor): Promise<ViewRow> {
    const view = await views.get(id);
    if (!view || (view.ownerId !== null && view.ownerId !== visitor.id)) throw new FlowError('NOT_FOUND', { what: 'view', id });
    if (view.ownerId === null) requireOperate(visitor);
    return view;
  }

  return {
    async listViews({ request }) {
      return { items: (await views.list(visitorOf(request).id)).map(presentView) };
    },

    async createView({ body: { name, isShared, search }, request, note }) {
      const visitor = visitorOf(request);
      if (isShared) requireOperate(visitor);
      note({ name });
      return presentView(await views.create({ name, search, ownerId: isShared ? null : visitor.id }, nameOf(visitor)));
    },

    async saveView({ params: { id }, body: { name, isShared, search }, request, note }) {
      const visitor = visitorOf(request);
      const before = await own(id, visitor);
      if (isShared) requireOperate(visitor);
      const saved = await views.save(id, { name, search, ownerId: isShared ? null : visitor.id });
      if (!saved) throw new FlowError('NOT_FOUND', { what: 'view', id });
      note({ name, before: presentView(before), after: presentView(saved) });
      return presentView(saved);
    },

    async deleteView({ params: { id }, request, note }) {
      note({ name: (await own(id, visitorOf(request))).name });
      await views.remove(id);
      return null;
    },
  };
}

/** @throws NOT_ALLOWED */
function requireOperate(visitor: Visitor): void {
  if (!visitor.may.includes('operate')) throw new FlowError('NOT_ALLOWED', { role: roleTable[visitor.role].title, permission: 'operate' });
}

function presentView({ id, name, ownerId, search, createdBy }: ViewRow): SavedView {
  return { id, name, isShared: ownerId === null, search, createdBy };
}
