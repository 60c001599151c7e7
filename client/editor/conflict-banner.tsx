import { Link } from '@tanstack/react-router';
import { TriangleAlert } from 'lucide-react';
import type { FlowView } from '../../shared/api/flows.ts';
import { Button, buttonClass } from '../ui/button.tsx';
import type { Saving } from './use-autosave.ts';

/** Two people changed the flow: nothing is saved until this one chooses. Whatever loses is kept under Versions. */
export function ConflictBanner({ flow, saving }: { flow: FlowView; saving: Saving }) {
  return (
    <div role="alert" className="bg-warn-soft border-line flex flex-wrap items-center gap-x-3 gap-y-2 border-b px-4 py-2">
      <TriangleAlert size={16} className="text-warn shrink-0" aria-hidden />
      <p className="min-w-0 flex-1 basis-80">
        The flow was changed elsewhere in the meantime. What you draw here is not saved until you choose. The other drawing stays under
        Versions.
      </p>
      <div className="flex flex-wrap gap-2">
        <Link
          to="/flows/$flowId"
          params={{ flowId: flow.id }}
          search={{ compare: 'theirs..draft' }}
          className={buttonClass('secondary', 'sm')}
        >
          Compare both
        </Link>
        <Button size="sm" onClick={() => void saving.takeTheirs()}>
          Take theirs
        </Button>
        <Button size="sm" onClick={() => void saving.keepMine()}>
          Keep mine
        </Button>
        <Button size="sm" onClick={() => void saving.saveCopy()}>
          Save mine as a copy
        </Button>
      </div>
    </div>
  );
}
