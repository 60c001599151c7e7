import { ArrowDownToLine, CircleStop, FlaskConical, X } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import type { FlowView } from '../../shared/api/flows.ts';
import type { SimulatedStep, Snapshot } from '../../shared/api/simulations.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { nameOf } from '../editor/document.ts';
import { useEditor, useEditorStore } from '../editor/store.ts';
import { ErrorText } from '../monitor/error-text.tsx';
import { pathMarks } from '../run/path.ts';
import { StepLine } from '../run/step-line.tsx';
import { Button } from '../ui/button.tsx';
import { classNames } from '../ui/class-names.ts';
import { Field } from '../ui/field.tsx';
import { IconButton } from '../ui/icon-button.tsx';
import { Spinner } from '../ui/spinner.tsx';
import { Switch } from '../ui/switch.tsx';
import { TextInput } from '../ui/text-input.tsx';
import { MailChoice } from './mail-choice.tsx';
import { snapshotsOf } from './message-difference.ts';
import { chosenMail, endText, simulationOf, useSimulation, type SimulationRun } from './simulation.ts';
import { StepData } from './step-data.tsx';

/** Runs the drawing, as it stands, on one mail; receivers are called only where that is switched on. */
export default function SimulatePanel({ flow }: { flow: FlowView }) {
  const editor = useEditorStore();
  const simulation = simulationOf(editor);
  const run = useSimulation((state) => state.run);
  const document = useEditor((state) => state.document);
  const isChosen = useSimulation((state) => chosenMail(state, document) !== undefined);
  useMarks(run);
  useEffect(() => simulation.setState({ flowName: flow.name }), [simulation, flow.name]);
  return (
    <aside
      aria-label="Simulate"
      className="border-line bg-surface flex w-[432px] max-w-full shrink-0 flex-col border-l max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-20 max-lg:shadow-lg"
    >
      <header className="flex items-center gap-3 py-2.5 pr-2 pl-4">
        <FlaskConical size={18} className="text-ink-soft shrink-0" aria-hidden />
        <div className="min-w-0 flex-1">
          <h2 className="text-sm font-semibold">Simulate</h2>
          <p className="text-ink-faint text-xs">Runs the drawing on one mail. Nothing is logged or changed.</p>
        </div>
        <IconButton label="Close" icon={<X size={16} aria-hidden />} size="sm" onClick={() => editor.getState().openPanel(null)} />
      </header>
      <div className="flex min-h-0 flex-1 flex-col gap-5 overflow-y-auto px-4 py-2">
        <MailChoice flow={flow} />
        <Values />
        <Receivers />
        {run && <Result run={run} />}
      </div>
      <footer className="border-line flex items-center gap-3 border-t px-4 py-2.5">
        {run && <Summary run={run} />}
        {run?.isRunning ? (
          <Button key="cancel" className="ml-auto" icon={<CircleStop size={14} aria-hidden />} onClick={() => simulation.cancel()}>
            Cancel
          </Button>
        ) : (
          <Button
            key="start"
            variant="primary"
            className="ml-auto"
            icon={<FlaskConical size={14} aria-hidden />}
            disabled={!isChosen}
            title={isChosen ? 'Ctrl+Enter' : 'Choose a mail first'}
            onClick={() => simulation.start()}
          >
            {run ? 'Simulate again' : 'Simulate'}
          </Button>
        )}
      </footer>
    </aside>
  );
}

/** The way of the message, on the drawing it was run with. */
function useMarks(run: SimulationRun | null) {
  const editor = useEditorStore();
  useEffect(() => {
    editor.getState().setMarks('simulation', run && run.steps.length > 0 ? pathMarks(run.document, run.steps) : null);
    return () => editor.getState().setMarks('simulation', null);
  }, [editor, run]);
}

function Values() {
  const simulation = simulationOf(useEditorStore());
  const parameters = useEditor((state) => state.document.parameters) ?? [];
  const values = useSimulation((state) => state.values);
  if (parameters.length === 0) return null;
  return (
    <section aria-label="Parameters" className="flex flex-col gap-3">
      <h3 className="text-sm font-medium">Parameters</h3>
      {parameters.map(({ name, default: usual }) => (
        <Field key={name} label={name}>
          {(ids) => (
            <TextInput
              {...ids}
              value={values[name] ?? ''}
              placeholder={usual}
              maxLength={5_000}
              onChange={(value) => {
                const { [name]: _before, ...others } = values;
                simulation.setState({ values: value === '' ? others : { ...others, [name]: value } });
              }}
            />
          )}
        </Field>
      ))}
    </section>
  );
}

function Receivers() {
  const simulation = simulationOf(useEditorStore());
  const nodes = useEditor((state) => state.document.nodes);
  const live = useSimulation((state) => state.live);
  const receivers = nodes.filter(({ type }) => describeType(type)?.role === 'receiver');
  if (receivers.length === 0) return null;
  const toggle = (id: string, isLive: boolean) =>
    simulation.setState({ live: new Set(isLive ? [...live, id] : [...live].filter((other) => other !== id)) });
  return (
    <section aria-label="Receivers" className="flex flex-col gap-2">
      <h3 className="text-sm font-medium">Receivers</h3>
      {receivers.map((node) => {
        const isLive = live.has(node.id);
        return (
          <Field
            key={node.id}
            label={nameOf(node)}
            isInline
            help={isLive ? <span className="text-warn font-medium">Live: it is really called</span> : 'Mocked: nothing is sent'}
          >
            {(ids) => <Switch {...ids} isOn={isLive} onChange={(isOn) => toggle(node.id, isOn)} />}
          </Field>
        );
      })}
    </section>
  );
}

function Summary({ run }: { run: SimulationRun }) {
  const document = useEditor((state) => state.document);
  const isOld = document !== run.document && !run.isRunning;
  return (
    <p className="min-w-0 flex-1 text-xs">
      <span className={classNames('flex items-center gap-1.5', run.end?.status === 'FAILED' && 'text-bad')}>
        {run.isRunning && <Spinner size={12} />} {endText(run)}
      </span>
      {isOld && <span className="text-ink-faint">The drawing has changed since.</span>}
    </p>
  );
}

function Result({ run }: { run: SimulationRun }) {
  const simulation = simulationOf(useEditorStore());
  const position = useSimulation((state) => state.position);
  const snapshots = useMemo(() => snapshotsOf(run.steps), [run.steps]);
  useFollowSelection();
  // Said at the step already, where a step has failed.
  const isToldBelow = run.steps.some(({ outcome }) => outcome === 'failed');
  return (
    <section aria-label="Result" className="flex flex-col gap-1">
      <h3 className="text-sm font-medium">Result</h3>
      {run.end?.error && !isToldBelow && (
        <div className="bg-bad-soft rounded-md px-3 py-2">
          <p className="text-bad font-medium">{run.end.error.message}</p>
          <p className="text-ink-soft">{run.end.error.remedy}</p>
        </div>
      )}
      <ol className="flex flex-col gap-0.5">
        {run.steps.map((step) => (
          <Step
            key={step.position}
            step={step}
            data={snapshots.get(step.position) ?? nothing}
            isSelected={step.position === position}
            onSelect={() => simulation.setState({ position: step.position === position ? null : step.position })}
          />
        ))}
      </ol>
    </section>
  );
}

const nothing = { before: null, after: null };

/** A node that is chosen on the canvas shows its line. */
function useFollowSelection() {
  const simulation = simulationOf(useEditorStore());
  const selected = useEditor((state) => (state.selection.nodeIds.size === 1 ? [...state.selection.nodeIds][0] : undefined));
  useEffect(() => {
    const step = simulation.getState().run?.steps.find(({ nodeId }) => nodeId === selected);
    if (step) simulation.setState({ position: step.position });
  }, [simulation, selected]);
}

function Step({
  step,
  data,
  isSelected,
  onSelect,
}: {
  step: SimulatedStep;
  data: { before: Snapshot | null; after: Snapshot | null };
  isSelected: boolean;
  onSelect: () => void;
}) {
  return (
    <li className={classNames('rounded-md', isSelected && 'bg-sunken')}>
      <StepLine step={step} note={step.call ?? undefined} isOpen={isSelected} onToggle={onSelect} />
      {isSelected && (
        <div className="flex flex-col gap-2 px-2 pt-2 pb-3 pl-8">
          {step.error && <ErrorText error={step.error} className="bg-bad-soft rounded-md px-3 py-2" />}
          {step.answer !== undefined && step.answer !== null && (
            <section aria-label="Answer">
              <h4 className="text-ink-faint mb-1 flex items-center gap-1 text-xs font-medium">
                <ArrowDownToLine size={12} aria-hidden /> Answer of the receiver
              </h4>
              <pre className="border-line max-h-40 overflow-auto rounded-md border p-2 font-mono text-xs whitespace-pre-wrap">
                {typeof step.answer === 'string' ? step.answer : JSON.stringify(step.answer, null, 2)}
              </pre>
            </section>
          )}
          {step.outcome !== 'running' && <StepData {...data} />}
        </div>
      )}
    </li>
  );
}
