import { useMemo, type ReactNode } from 'react';
import type { MessageView, RunStepView } from '../../shared/api/messages.ts';
import { logLevelTable } from '../../shared/log-levels.ts';
import { useRoute } from '../api.ts';
import { useMay } from '../may.ts';
import { FormError } from '../shell/form-error.tsx';
import { snapshotsOf } from '../simulate/message-difference.ts';
import { StepData } from '../simulate/step-data.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { TimeText } from '../ui/time-text.tsx';
import { useNow } from '../ui/use-now.ts';
import { TracedData } from './traced-data.tsx';

/** What the message was at one of its steps: as the log level of its flow has kept it, else computed again from its mail. */
export function StepMessage({ message, step }: { message: MessageView; step: RunStepView }) {
  const maySee = useMay('payload');
  if (!maySee) return <Remark>Your role does not show what messages hold.</Remark>;
  const kept = message.payloads.find(({ attempt }) => attempt === step.attempt);
  if (kept) return <KeptData message={message} step={step} />;
  return (
    <div className="flex flex-col gap-1.5">
      <Remark>Computed again from the mail: at log level Info, steps keep nothing of it.</Remark>
      <TracedData message={message} step={step} />
    </div>
  );
}

function KeptData({ message: { id }, step: { attempt, position } }: { message: MessageView; step: RunStepView }) {
  const payloads = useRoute('getMessagePayloads', { params: { id }, query: { attempt } }, { isFixed: true });
  const found = useMemo(() => payloads.data && snapshotsOf(payloads.data.steps).get(position), [payloads.data, position]);
  const now = useNow();
  if (payloads.error) return <FormError error={payloads.error} />;
  if (!payloads.data) {
    return (
      <p className="text-ink-soft flex items-center gap-2 text-xs">
        <Spinner size={12} /> Reading what was kept…
      </p>
    );
  }
  const { kept } = payloads.data;
  if (!kept || !found || Date.parse(kept.until) <= now.getTime()) return <Remark>What was kept of this step has expired.</Remark>;
  return (
    <div className="flex flex-col gap-1.5">
      <Remark>
        As it was: kept at log level {logLevelTable[kept.level].title}, expires <TimeText at={kept.until} />.
      </Remark>
      <StepData {...found} />
    </div>
  );
}

function Remark({ children }: { children: ReactNode }) {
  return <p className="text-ink-soft text-xs">{children}</p>;
}
