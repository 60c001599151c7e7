import { Link } from '@tanstack/react-router';
import type { MessageView, RunStepView } from '../../shared/api/messages.ts';
import { ErrorText } from '../monitor/error-text.tsx';
import { classNames } from '../ui/class-names.ts';
import { TimeText } from '../ui/time-text.tsx';
import { StepLine } from './step-line.tsx';
import { StepMessage } from './step-message.tsx';

/** The steps of one attempt beside the drawing: choosing one shows its node, and the other way round. */
export function StepList({
  message,
  steps,
  selectedId,
  onSelect,
}: {
  message: MessageView;
  steps: RunStepView[];
  selectedId: string | null;
  onSelect: (nodeId: string | null) => void;
}) {
  return (
    <aside
      aria-label="Steps"
      className="border-line bg-surface flex w-[400px] max-w-full shrink-0 flex-col overflow-y-auto border-l p-3 max-md:max-h-[45%] max-md:w-full max-md:border-t max-md:border-l-0"
    >
      <h2 className="px-2 text-sm font-semibold break-words">{message.subject || '(no subject)'}</h2>
      <p className="text-ink-soft mb-2 px-2 text-xs">
        {message.from} · <TimeText at={message.receivedAt} />
      </p>
      <ol className="flex flex-col gap-0.5">
        {steps.map((step) => (
          <Step
            key={step.position}
            step={step}
            message={message}
            isSelected={step.nodeId === selectedId}
            onSelect={() => onSelect(step.nodeId === selectedId ? null : step.nodeId)}
          />
        ))}
      </ol>
    </aside>
  );
}

function Step({
  step,
  message,
  isSelected,
  onSelect,
}: {
  step: RunStepView;
  message: MessageView;
  isSelected: boolean;
  onSelect: () => void;
}) {
  return (
    <li className={classNames('rounded-md', isSelected && 'bg-accent-soft')}>
      <StepLine step={step} isOpen={isSelected} onToggle={onSelect} />
      {isSelected && (
        <div className="flex flex-col gap-1.5 pt-2 pr-2 pb-2 pl-8">
          {step.error && <ErrorText error={step.error} className="bg-bad-soft rounded-md px-3 py-2" />}
          {step.idempotencyKey && (
            <p className="text-ink-faint text-xs break-all">
              Idempotency-Key <code className="font-mono">{step.idempotencyKey}</code>
            </p>
          )}
          {step.outcome !== 'running' && <StepMessage message={message} step={step} />}
          <p className="flex gap-3 text-xs">
            <Link to="/monitor/messages/$messageId" params={{ messageId: message.id }} hash="steps" className="text-accent hover:underline">
              Its line in the log
            </Link>
            <Link
              to="/monitor/messages/$messageId"
              params={{ messageId: message.id }}
              hash="message"
              className="text-accent hover:underline"
            >
              The mail
            </Link>
          </p>
        </div>
      )}
    </li>
  );
}
