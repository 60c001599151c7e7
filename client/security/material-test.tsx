import { CircleAlert, CircleCheck, CircleMinus, FlaskConical, type LucideIcon } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { MaterialTestLine, MaterialValue } from '../../shared/api/material.ts';
import type { MaterialKind } from '../../shared/material.ts';
import { useMay } from '../may.ts';
import { FormError } from '../shell/form-error.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { toneText, type Tone } from '../ui/tone.ts';
import { outcomeOf } from './test-outcome.ts';
import { useMaterialTest, type MaterialTestState } from './use-material-test.ts';
import { UseLink } from './uses.tsx';

/** In the form of an artifact: tries what is typed there, with all who use it, before it is saved. */
export function MaterialTest({ kind, name, value }: { kind: MaterialKind; name: string; value: MaterialValue }) {
  const test = useMaterialTest(kind, name);
  const mayProbe = useMay('probe');
  return (
    <div className="border-line flex flex-col gap-2 rounded-md border p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="text-ink-soft text-xs">Tries these values with all who use it. Nothing is saved.</p>
        <Button
          size="sm"
          icon={<FlaskConical size={13} aria-hidden />}
          isBusy={test.isRunning}
          disabled={!mayProbe}
          onClick={() => test.run(value)}
        >
          Test
        </Button>
      </div>
      <TestResult test={test} />
    </div>
  );
}

/** The test of what is deployed, begun at once. */
export function MaterialTestDialog({ tested, onClose }: { tested: { kind: MaterialKind; name: string } | undefined; onClose: () => void }) {
  return (
    <Dialog
      isOpen={tested !== undefined}
      onClose={onClose}
      title={tested ? `Test of ${tested.name}` : ''}
      description="Each channel signs in as it would, and no more. After a refusal the server is not asked again, so that no account is locked."
      footer={<Button onClick={onClose}>Close</Button>}
    >
      {tested && <RunningTest key={`${tested.kind} ${tested.name}`} {...tested} />}
    </Dialog>
  );
}

function RunningTest({ kind, name }: { kind: MaterialKind; name: string }) {
  const test = useMaterialTest(kind, name);
  const begin = useRef(test.run);
  useEffect(() => begin.current({}), []);
  return <TestResult test={test} />;
}

function TestResult({ test: { lines, isRunning, failure } }: { test: MaterialTestState }) {
  return (
    <div aria-live="polite" className="flex flex-col gap-2">
      {lines && lines.length > 0 && (
        <ol className="flex flex-col gap-2">
          {lines.map((line) => (
            <TestLine key={line.index} line={line} />
          ))}
        </ol>
      )}
      {lines && !isRunning && !failure && <p className="text-sm font-medium">{outcomeOf(lines)}</p>}
      {failure && <FormError error={failure} />}
    </div>
  );
}

const looks: Record<'good' | 'failed' | 'skipped', { icon: LucideIcon; tone: Tone; title: string }> = {
  good: { icon: CircleCheck, tone: 'good', title: 'Works' },
  failed: { icon: CircleAlert, tone: 'bad', title: 'Fails' },
  skipped: { icon: CircleMinus, tone: 'neutral', title: 'Not tried' },
};

function TestLine({ line: { use, state, sentence, error } }: { line: MaterialTestLine }) {
  return (
    <li className="flex gap-2 text-sm">
      <StateIcon state={state} />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <UseLink use={use} />
        <p className={state === 'failed' ? 'text-bad text-xs' : 'text-ink-soft text-xs'}>{state === 'waiting' ? 'Waits.' : sentence}</p>
        {error && <p className="text-ink-soft text-xs">{error.remedy}</p>}
      </div>
    </li>
  );
}

function StateIcon({ state }: { state: MaterialTestLine['state'] }) {
  if (state === 'waiting' || state === 'running') return <span className="mt-0.5 size-4">{state === 'running' && <Spinner />}</span>;
  const { icon: Icon, tone, title } = looks[state];
  return (
    <span className={`mt-0.5 shrink-0 ${toneText[tone]}`}>
      <Icon size={16} aria-hidden />
      <span className="sr-only">{title}</span>
    </span>
  );
}
