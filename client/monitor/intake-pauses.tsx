import { TriangleAlert } from 'lucide-react';
import { useRoute } from '../api.ts';
import { TimeText } from '../ui/time-text.tsx';

/** What stops intake of all flows; that of a single one is told at its channels. */
export function IntakePauses() {
  const pauses = useRoute('listIntakePauses', {});
  const ofAll = pauses.data?.items.filter(({ flowId }) => flowId === null) ?? [];
  if (ofAll.length === 0) return null;
  return (
    <section aria-label="Intake is paused" className="border-warn bg-warn-soft flex flex-col gap-3 rounded-lg border px-4 py-3">
      {ofAll.map(({ worker, reason, since }) => (
        <div key={worker ?? ''} className="flex items-start gap-2">
          <TriangleAlert size={16} className="text-warn mt-0.5 shrink-0" aria-hidden />
          <div className="min-w-0">
            <h2 className="text-warn font-semibold">
              Intake is paused since <TimeText at={since} />
              {worker && ` on ${worker}`}
            </h2>
            <p className="font-medium break-words">{reason.message}</p>
            <p className="text-ink-soft break-words">{reason.remedy}</p>
          </div>
        </div>
      ))}
    </section>
  );
}
