import type { RunStepView } from '../../shared/api/messages.ts';
import { outcomeWords } from '../monitor/status-words.ts';
import { OutcomeIcon } from '../monitor/steps-tab.tsx';
import { toneText } from '../ui/tone.ts';
import { spanText } from './path.ts';

/** One step in a list beside the canvas: how it went, how long it took; pressing it opens what is known of it. */
export function StepLine({
  step,
  note,
  isOpen,
  onToggle,
}: {
  step: Pick<RunStepView, 'name' | 'outcome' | 'summary' | 'startedAt' | 'endedAt'>;
  /** Said behind the outcome. */
  note?: string | undefined;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const { text, tone } = outcomeWords[step.outcome];
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      onClick={onToggle}
      className="hover:bg-sunken flex w-full items-start gap-2 rounded-md px-2 py-1.5 text-left"
    >
      <OutcomeIcon outcome={step.outcome} />
      <span className="min-w-0 flex-1">
        <span className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{step.name}</span>
          <span className={toneText[tone]}>{note === undefined ? text : `${text}, ${note}`}</span>
          <span className="text-ink-faint tabular ml-auto text-xs">{spanText(step)}</span>
        </span>
        {step.summary && <span className="text-ink-soft block break-words">{step.summary}</span>}
      </span>
    </button>
  );
}
