import { PlugZap, X } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { ProberType } from '../../shared/connectivity.ts';
import { parseAddress } from '../../shared/mail-address.ts';
import type { ProbeStage } from '../../shared/probe.ts';
import { CredentialPick } from '../alerts/credential-pick.tsx';
import { asApiError, useRoute, type ApiError } from '../api.ts';
import { useMay } from '../may.ts';
import { runProbe, withStage } from '../probe/probe-stream.ts';
import { ProbeSummary } from '../probe/probe-summary.tsx';
import { StageFacts } from '../probe/stage-facts.tsx';
import { StageLines } from '../probe/stage-lines.tsx';
import { Panel } from '../shell/page.tsx';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Select } from '../ui/select.tsx';
import { TextInput } from '../ui/text-input.tsx';

/** The longest test, in ms; each stage has its own shorter deadline on the server. */
const deadlineMs = 3 * 60_000;

interface Draft {
  address: string;
  url: string;
  protection: 'tls' | 'starttls-mandatory' | 'starttls-optional' | 'off';
  trustedCertificate: string;
  credential: string;
}

const empty: Draft = { address: '', url: '', protection: 'starttls-mandatory', trustedCertificate: '', credential: '' };

/** Tests a connection that belongs to no channel: to a mail server that sends, to whatever speaks TLS, or to a web system. */
export function ConnectionProbe({ type }: { type: ProberType }) {
  const [draft, setDraft] = useState(empty);
  const probe = useConnectionProbe(type, draft);
  const set = (change: Partial<Draft>) => {
    probe.forget();
    setDraft({ ...draft, ...change });
  };
  const mayProbe = useMay('probe');
  const host = hostOf(type, draft);
  return (
    <div className="grid items-start gap-4 lg:grid-cols-[26rem_minmax(0,1fr)]">
      <Panel label="Values">
        <h2 className="border-line border-b px-4 py-[18px] font-semibold">Values</h2>
        <form
          className="flex flex-col gap-4 p-4"
          onSubmit={(event) => {
            event.preventDefault();
            probe.run();
          }}
        >
          {type === 'http-probe' ? (
            <TypedField label="Address" error={probe.problemOf('url')}>
              {(ids) => (
                <TextInput
                  {...ids}
                  required
                  maxLength={2_000}
                  value={draft.url}
                  onChange={(url) => set({ url })}
                  placeholder="https://orders.example.com/inbound"
                />
              )}
            </TypedField>
          ) : (
            <TypedField label="Address" error={probe.problemOf('address')}>
              {(ids) => (
                <TextInput
                  {...ids}
                  required
                  maxLength={300}
                  value={draft.address}
                  onChange={(address) => set({ address })}
                  placeholder={type === 'smtp-probe' ? 'smtp.example.com:587' : 'www.example.com:443'}
                />
              )}
            </TypedField>
          )}
          {type === 'smtp-probe' && (
            <Field label="Protection">
              {(ids) => (
                <Select
                  id={ids.id}
                  value={draft.protection}
                  options={{
                    tls: 'SMTPS',
                    'starttls-mandatory': 'STARTTLS Mandatory',
                    'starttls-optional': 'STARTTLS Optional',
                    off: 'Off',
                  }}
                  onChange={(protection) => set({ protection })}
                />
              )}
            </Field>
          )}
          <TrustedCertificate value={draft.trustedCertificate} onChange={(trustedCertificate) => set({ trustedCertificate })} />
          {type !== 'tls-probe' && (
            <CredentialPick
              label="Credential Name"
              help={
                type === 'smtp-probe' ? 'Empty: the test ends before the sign-in.' : 'Sent with Basic authentication; empty: none is sent.'
              }
              error={probe.problemOf('credential')}
              host={host}
              name={draft.credential}
              onChange={(credential) => set({ credential })}
            />
          )}
          <button type="submit" className="sr-only" tabIndex={-1} aria-hidden disabled={!mayProbe} />
        </form>
      </Panel>
      <Panel label="Result">
        <div className="border-line border-b px-4 py-3">
          <div className="flex items-center justify-between gap-3">
            <h2 className="font-semibold">Result</h2>
            {probe.isRunning ? (
              <Button icon={<X size={14} aria-hidden />} onClick={probe.cancel}>
                Cancel test
              </Button>
            ) : (
              <Button variant="primary" icon={<PlugZap size={14} aria-hidden />} disabled={!mayProbe} onClick={probe.run}>
                Test connection
              </Button>
            )}
          </div>
          <ProbeSummary probe={probe} last={lastStages[type]} />
        </div>
        <div className="px-4 py-3">
          {probe.stages.length > 0 ? (
            <StageLines stages={probe.stages} renderBelow={(stage) => <StageFacts stage={stage} />} />
          ) : (
            <p className="text-ink-soft">{abouts[type]}</p>
          )}
        </div>
      </Panel>
    </div>
  );
}

/** With it the test has come to its end. */
const lastStages = { 'smtp-probe': 'signIn', 'tls-probe': 'protect', 'http-probe': 'answer' } as const;

const abouts: Record<ProberType, string> = {
  'smtp-probe': 'Connects, greets, encrypts and signs in, as for sending a mail. No mail is sent.',
  'tls-probe': 'Connects, encrypts and verifies the certificate, and shows it.',
  'http-probe': 'Connects, encrypts and asks for the headers of the address (HEAD). Redirects are not followed.',
};

function TypedField({
  label,
  error,
  children,
}: {
  label: string;
  error: string | undefined;
  children: Parameters<typeof Field>[0]['children'];
}): ReactNode {
  return (
    <Field label={label} isRequired {...(error === undefined ? {} : { error })}>
      {children}
    </Field>
  );
}

function TrustedCertificate({ value, onChange }: { value: string; onChange: (name: string) => void }) {
  const names = useRoute('listCertificates', {}).data?.items.map(({ name }) => name) ?? [];
  return (
    <Field label="Trusted Certificate" help="Trusted besides the authorities this machine knows.">
      {(ids) => (
        <Select
          id={ids.id}
          value={value}
          options={{ '': 'Authorities known to this machine', ...Object.fromEntries(names.map((name) => [name, name])) }}
          onChange={onChange}
        />
      )}
    </Field>
  );
}

function hostOf(type: ProberType, { address, url }: Draft): string | undefined {
  if (type !== 'http-probe') return parseAddress(address, 1)?.host;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function configOf(type: ProberType, { address, url, protection, trustedCertificate, credential }: Draft): Record<string, unknown> {
  if (type === 'smtp-probe') return { address, protection, trustedCertificate, credential };
  return type === 'tls-probe' ? { address, trustedCertificate } : { url, trustedCertificate, credential };
}

function useConnectionProbe(type: ProberType, draft: Draft) {
  const [stages, setStages] = useState<ProbeStage[]>([]);
  const [isRunning, setRunning] = useState(false);
  const [failure, setFailure] = useState<ApiError>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  const forget = () => {
    running.current?.abort();
    running.current = undefined;
    setStages([]);
    setFailure(undefined);
    setRunning(false);
  };
  const run = async () => {
    forget();
    const ended = new AbortController();
    running.current = ended;
    const isCurrent = () => running.current === ended;
    setRunning(true);
    try {
      const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(deadlineMs)]);
      await runProbe(type, configOf(type, draft), (stage) => isCurrent() && setStages((told) => withStage(told, stage)), signal);
    } catch (error) {
      if (isCurrent() && !ended.signal.aborted) setFailure(asApiError(error));
    }
    if (isCurrent()) setRunning(false);
  };
  return {
    stages,
    isRunning,
    // What is wrong with a field is told there.
    failure: failure && failure.problems.length > 0 ? { message: 'These values can’t be tried.', remedy: 'Correct them first.' } : failure,
    forget,
    run: () => void run(),
    cancel: forget,
    problemOf: (field: string) => failure?.problemOf(`config.${field}`),
  };
}
