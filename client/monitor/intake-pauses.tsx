import { TriangleAlert } from 'lucide-react';
import { useRoute } from '../api.ts';
import { TimeText } from '../ui/time-text.tsx';
import { ErrorText } from './error-text.tsx';

/** What stops intake of all flows; that of a single one is told at its channels. */
export function IntakePauses() {
  const pauses = useRoute('listIntakePauses', {});
  const ofAll = pauses.data?.items.filter(({ flowId }) => flowId === null) ?? [];
  if (ofAll.length === 0) return null;
  return (
    <section aria-label="Intake is paused" className="border-warn bg-warn-soft flex flex-col gap-3 rounded-lg border px-4 py-3">
      <h2 className="text-warn flex items-center gap-2 font-semibold">
        <TriangleAlert size={16} aria-hidden />
        Intake is paused
      </h2>
      {ofAll.map(({ worker, reason, since }) => (
        <div key={worker ?? ''}>
          <p className="text-ink-soft text-xs">
            since <TimeText at={since} />
            {worker && ` on ${worker}`}
          </p>
          <ErrorText error={reason} isWarning />
        </div>
      ))}
    </section>
  );
}
