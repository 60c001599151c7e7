import { useMemo } from 'react';
import type { MessageView, RunStepView } from '../../shared/api/messages.ts';
import type { SimulatedStep } from '../../shared/api/simulations.ts';
import { useRoute } from '../api.ts';
import { ErrorText } from '../monitor/error-text.tsx';
import { FormError } from '../shell/form-error.tsx';
import { snapshotsOf } from '../simulate/message-difference.ts';
import { StepData } from '../simulate/step-data.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { versionOfAttempt } from './path.ts';

/** What the message was at one of its steps: computed again from its mail with the version it ran with, since steps do not keep it. */
export function TracedData({ message, step }: { message: MessageView; step: RunStepView }) {
  const version = versionOfAttempt(step.attempt, message);
  const trace = useRoute('traceMessage', { params: { id: message.id }, query: { version } });
  const found = useMemo(() => trace.data && traced(trace.data.steps, step), [trace.data, step]);
  if (trace.error) return <FormError error={trace.error} />;
  if (!trace.data) {
    return (
      <p className="text-ink-soft flex items-center gap-2 text-xs">
        <Spinner size={12} /> Reading the mail again…
      </p>
    );
  }
  if (trace.data.error && !found?.after) return <ErrorText error={trace.data.error} className="bg-bad-soft rounded-md px-3 py-2" />;
  if (!found) return <p className="text-ink-soft text-xs">The message did not come here when it was computed again.</p>;
  return <StepData {...found} />;
}

/** The same node, reached over the same connection: an attempt that left out what was done before has other positions. */
function traced(steps: SimulatedStep[], { nodeId, edgeId, position }: RunStepView) {
  const same = steps.filter((step) => step.nodeId === nodeId && (edgeId === null || step.edgeId === edgeId));
  const step = same.find((candidate) => candidate.position === position) ?? same[0];
  return step && snapshotsOf(steps).get(step.position);
}
