import { TriangleAlert } from 'lucide-react';
import { Button } from '../ui/button.tsx';
import type { Saving } from './use-autosave.ts';

/** Two people changed the flow: nothing is saved until this one chooses. */
export function ConflictBanner({ saving }: { saving: Saving }) {
  return (
    <div role="alert" className="bg-warn-soft border-line flex flex-wrap items-center gap-3 border-b px-4 py-2">
      <TriangleAlert size={16} className="text-warn shrink-0" aria-hidden />
      <p className="min-w-0 flex-1">The flow was changed elsewhere in the meantime. What you draw here is not saved until you choose.</p>
      <Button size="sm" onClick={() => void saving.loadTheirs()}>
        Load the other version
      </Button>
      <Button size="sm" onClick={() => void saving.keepMine()}>
        Keep mine and overwrite
      </Button>
    </div>
  );
}
