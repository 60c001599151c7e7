import { useBlocker } from '@tanstack/react-router';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import type { Saving } from './use-autosave.ts';

/** The longest time that a page is left waiting for the last save, in ms. */
const patienceMs = 3_000;

/** Asks before a page inside Mailroom is left with something that could not be saved. What only waits to be saved is saved first. */
export function LeaveDialog({ saving }: { saving: Saving }) {
  const blocker = useBlocker({
    shouldBlockFn: async ({ current, next }) => {
      // The same flow shown otherwise; or the session has ended, and saving goes on when there is one again.
      if (next.pathname === current.pathname || next.pathname === '/sign-in') return false;
      return saving.isUnsaved() && !(await Promise.race([saving.flush(), nothingIn(patienceMs)]));
    },
    enableBeforeUnload: false,
    withResolver: true,
  });
  const isConflict = saving.state.kind === 'conflict';
  const leaveAfter = async (work: () => Promise<boolean>) => {
    if (await work()) blocker.proceed?.();
  };
  return (
    <Dialog
      isOpen={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="What you drew is not saved"
      description={
        isConflict
          ? 'The flow was changed elsewhere in the meantime. Choose what becomes of your drawing before you leave.'
          : 'Mailroom can’t be reached. It goes on trying to save while this tab stays open.'
      }
      footer={
        <>
          {isConflict ? (
            <>
              <Button onClick={() => void leaveAfter(saving.setAside)}>Keep it under Versions and leave</Button>
              <Button onClick={() => void leaveAfter(saving.saveCopy)}>Save as a copy and leave</Button>
            </>
          ) : (
            <Button variant="danger" onClick={() => blocker.proceed?.()}>
              Leave
            </Button>
          )}
          <Button variant="primary" onClick={() => blocker.reset?.()}>
            Stay
          </Button>
        </>
      }
    />
  );
}

function nothingIn(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}
