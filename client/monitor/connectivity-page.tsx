import { useNavigate, useSearch } from '@tanstack/react-router';
import { PlugZap, X } from 'lucide-react';
import { useState } from 'react';
import { configView, shownFields, type AnyDescription } from '../../shared/catalog/define.ts';
import { describeType } from '../../shared/catalog/index.ts';
import { useRoute } from '../api.ts';
import { createEditorStore, EditorContext, useEditor, useEditorStore } from '../editor/store.ts';
import { useProblems } from '../editor/use-problems.ts';
import { useWhyNot } from '../may.ts';
import { ProbeReport } from '../probe/probe-report.tsx';
import { ProbeSummary } from '../probe/probe-summary.tsx';
import { useFix } from '../probe/use-fix.tsx';
import { useProbe } from '../probe/use-probe.ts';
import { SettingsForm } from '../settings/settings-form.tsx';
import { Page, Panel } from '../shell/page.tsx';
import { Button } from '../ui/button.tsx';
import { EmptyState } from '../ui/empty-state.tsx';
import { Field } from '../ui/field.tsx';
import { RadioGroup } from '../ui/radio-group.tsx';
import { Select } from '../ui/select.tsx';
import { Skeleton } from '../ui/skeleton.tsx';
import { channelsOf } from './connectivity-channels.ts';
import { ConnectionProbe } from './connection-probe.tsx';
import { typedTests, type ConnectivityChoice } from './connectivity-choice.ts';

const typedType = 'mail-sender';

/** The connection test of a channel's form on a page of its own: with a channel's values or typed ones, and nothing is stored. */
export function ConnectivityPage() {
  const choice = useSearch({ from: '/inside/monitor/connectivity' });
  const navigate = useNavigate();
  return (
    <Page
      title="Connectivity"
      intro="Tests a connection stage by stage: to a mailbox with the values of a channel or with typed ones, or to another system. Nothing is stored, and nothing is changed on the other side."
    >
      <RadioGroup
        label="What is tested"
        value={choice.test ?? 'mailbox'}
        options={{ mailbox: 'Mailbox (IMAP4, POP3)', smtp: 'Mail server (SMTP)', tls: 'TLS', http: 'Web system (HTTP)' }}
        onChange={(test) => void navigate({ to: '/monitor/connectivity', search: test === 'mailbox' ? {} : { test } })}
      />
      {choice.test ? <ConnectionProbe key={choice.test} type={typedTests[choice.test]} /> : <Choice choice={choice} />}
    </Page>
  );
}

function Choice({ choice }: { choice: ConnectivityChoice }) {
  const navigate = useNavigate();
  const flows = useRoute('listFlows', {}).data?.items ?? [];
  const flow = useRoute('getFlow', { params: { id: choice.flow ?? '' } }, { isEnabled: choice.flow !== undefined });
  const channels = flow.data ? channelsOf(flow.data) : [];
  const chosen = channels.find(({ node, drawing }) => node === choice.node && drawing === choice.drawing) ?? channels[0];
  const go = (search: ConnectivityChoice) => void navigate({ to: '/monitor/connectivity', search, replace: true });
  const keyOf = ({ node, drawing }: { node: string; drawing: string }) => `${drawing} ${node}`;
  return (
    <>
      <div className="grid max-w-2xl gap-3 sm:grid-cols-2">
        <Field label="Values of">
          {(ids) => (
            <Select
              id={ids.id}
              value={choice.flow ?? 'typed'}
              options={{ typed: 'Typed here', ...Object.fromEntries(flows.map(({ id, name }) => [id, name])) }}
              onChange={(id) => go(id === 'typed' ? {} : { flow: id })}
            />
          )}
        </Field>
        {chosen && (
          <Field label="Channel">
            {(ids) => (
              <Select
                id={ids.id}
                value={keyOf(chosen)}
                options={Object.fromEntries(channels.map((channel) => [keyOf(channel), channel.label]))}
                onChange={(key) => {
                  const next = channels.find((channel) => keyOf(channel) === key);
                  if (next) go({ flow: choice.flow, node: next.node, drawing: next.drawing });
                }}
              />
            )}
          </Field>
        )}
      </div>
      {choice.flow === undefined && <Bench key="typed" type={typedType} config={{}} />}
      {choice.flow !== undefined && flow.isPending && <Skeleton rows={6} />}
      {chosen && <Bench key={`${choice.flow} ${keyOf(chosen)}`} type={chosen.source.type} config={chosen.source.config} />}
      {flow.data && !chosen && <EmptyState title="This flow has no sender." text="Choose another flow, or type the values here." />}
    </>
  );
}

/** A form that belongs to no flow: its drawing is one node, and is gone with the page. */
function Bench({ type, config }: { type: string; config: Record<string, unknown> }) {
  const [store] = useState(() => createEditorStore({ nodes: [{ id: 'tested', type, position: { x: 0, y: 0 }, config }], edges: [] }));
  const description = describeType(type);
  if (!description) return <EmptyState title={`There is no adapter of type “${type}”.`} text="Choose another channel." />;
  return (
    <EditorContext value={store}>
      <BenchForm description={description} />
    </EditorContext>
  );
}

/** Beyond the connection, what the test looks at. */
const testedFields = new Set(['folder', 'selection', 'search']);

function BenchForm({ description }: { description: AnyDescription }) {
  const store = useEditorStore();
  useProblems();
  const node = useEditor((state) => state.document.nodes[0]);
  if (!node) throw new Error('the form is empty');
  const whyNot = useWhyNot('probe');
  const probe = useProbe(node, description);
  const { fix, busy, dialogs } = useFix(node, description, {
    wasTested: probe.stages.length > 0,
    retest: probe.run,
    onField: (field) => store.getState().set({ wantedField: { key: field, isFocused: false } }),
  });
  const shown = shownFields(description, node.config);
  const fields = [...shown.filter(({ info }) => info.tab === 'Connection'), ...shown.filter(({ key }) => testedFields.has(key))];
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[26rem_minmax(0,1fr)]">
      <Panel label="Values">
        <h2 className="border-line border-b px-4 py-[18px] font-semibold">Values</h2>
        <SettingsForm node={node} description={description} fields={fields} />
      </Panel>
      <div className="lg:sticky lg:top-4">
        <Panel label="Result">
          <div className="border-line border-b px-4 py-3">
            <div className="flex items-center justify-between gap-3">
              <h2 className="font-semibold">Result</h2>
              {probe.isRunning ? (
                <Button icon={<X size={14} aria-hidden />} onClick={probe.cancel}>
                  Cancel test
                </Button>
              ) : (
                <Button variant="primary" icon={<PlugZap size={14} aria-hidden />} whyNot={whyNot} onClick={probe.run}>
                  Test connection
                </Button>
              )}
            </div>
            <ProbeSummary probe={probe} />
          </div>
          <div className="px-4 py-3 lg:max-h-[calc(100vh-14rem)] lg:overflow-y-auto">
            {probe.stages.length > 0 ? (
              <ProbeReport stages={probe.stages} view={configView(description, node.config)} busy={busy} onFix={fix} />
            ) : (
              <p className="text-ink-soft">Each stage appears here as it happens, with what the server answers.</p>
            )}
          </div>
        </Panel>
      </div>
      {dialogs}
    </div>
  );
}
