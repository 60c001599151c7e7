import { checkConfig, configView, type AnyDescription } from './catalog/define.ts';
import type { CertificateFacts } from './certificate.ts';
import type { ErrorView } from './errors.ts';
import { impliedPort, parseAddress, type MailProtocol, type Protection } from './mail-address.ts';
import { checkArtifacts, type CheckFacts } from './check-artifacts.ts';
import type { Problem } from './problem.ts';
import { scheduleSchema, scheduleText } from './schedule.ts';

export type ItemState = 'done' | 'todo' | 'warning' | 'blocked' | 'unchecked';

/** What the button of an item does: put the cursor into a field, create an artifact, or run the connection test. */
export type ItemAction = { kind: 'field'; field: string } | { kind: 'create-credential' } | { kind: 'test-connection' };

export interface ChecklistItem {
  id: string;
  title: string;
  state: ItemState;
  sentence: string;
  action?: ItemAction & { label: string };
}

export const probeStages = ['resolve', 'connect', 'protect', 'greeting', 'mechanism', 'signIn', 'folder', 'postProcessing'] as const;
export type ProbeStageName = (typeof probeStages)[number];

/** What the connection test found out at one stage. */
export interface ProbeStage {
  stage: ProbeStageName;
  state: 'running' | 'done' | 'warning' | 'failed';
  sentence: string;
  error?: ErrorView;
  /** Stage `protect`: what the server showed, accepted or not; its own certificate first. */
  certificates?: CertificateFacts[];
}

export interface ChecklistFacts extends CheckFacts {
  /** Stages of the last connection test, if it was made with the values now in the form. */
  probe: ProbeStage[];
}

interface Case {
  view: Readonly<Record<string, unknown>>;
  problems: Problem[];
  probe: (stage: ProbeStageName) => ProbeStage | undefined;
}

/** The setup checklist of a channel: one item per thing that must be right, in the order of the description. */
export function checklist(description: AnyDescription, typed: Record<string, unknown>, facts: ChecklistFacts): ChecklistItem[] {
  const known: Case = {
    view: configView(description, typed),
    problems: [...checkConfig(description, typed).problems, ...checkArtifacts(description, typed, facts)],
    probe: (stage) => facts.probe.find((candidate) => candidate.stage === stage),
  };
  return description.checklist.flatMap((id) => {
    const make = items[id];
    return make ? [{ id, ...make(known) }] : [];
  });
}

type MadeItem = Omit<ChecklistItem, 'id'>;

const items: Record<string, (known: Case) => MadeItem> = {
  protocol: ({ view }) => ({
    title: 'Protocol chosen',
    state: 'done',
    sentence: view['protocol'] === 'pop3' ? 'POP3: the inbox only.' : 'IMAP4: folders and read marks.',
    action: { kind: 'field', field: 'protocol', label: 'Change' },
  }),

  address: (known) => {
    const action = { kind: 'field' as const, field: 'address', label: 'Set address' };
    const missing = fieldItem(known, 'address', 'Address reachable', action);
    if (missing) return missing;
    const protocol = known.view['protocol'] as MailProtocol;
    const address = parseAddress(String(known.view['address']), impliedPort(protocol, known.view['protection'] as Protection));
    return probed(known, ['resolve', 'connect', 'greeting'], 'Address reachable', `${address?.host}, port ${address?.port}.`, action);
  },

  protection: (known) => {
    const action = { kind: 'field' as const, field: 'protection', label: 'Set protection' };
    const problem = fieldItem(known, 'protection', 'Connection protected', action);
    if (problem) return problem;
    if (known.view['protection'] === 'off')
      return { title: 'Connection protected', state: 'warning', sentence: 'Off: mails travel unencrypted.', action };
    return probed(known, ['protect'], 'Connection protected', 'Encrypted, with a verified certificate.', action);
  },

  authentication: (known) => {
    const action = { kind: 'field' as const, field: 'authentication', label: 'Set authentication' };
    const problem = fieldItem(known, 'authentication', 'Authentication fits', action);
    if (problem) return problem;
    const sentence =
      known.view['authentication'] === 'plain'
        ? 'Plain User/Password over a protected connection.'
        : 'Encrypted User/Password: the password is hashed before it is sent.';
    return probed(known, ['mechanism'], 'Authentication fits', sentence, action);
  },

  credential: (known) => {
    const action = { kind: 'create-credential' as const, label: 'Create and deploy…' };
    const problem = fieldItem(known, 'credential', 'User Credentials deployed', action);
    return (
      problem ?? {
        title: 'User Credentials deployed',
        state: 'done',
        sentence: `'${String(known.view['credential'])}' is deployed and may be used for this host.`,
      }
    );
  },

  signIn: (known) =>
    probed(known, ['signIn'], 'Sign-in works', 'Test connection tries it.', { kind: 'test-connection', label: 'Test connection' }),

  folder: (known) => {
    const action = { kind: 'field' as const, field: 'folder', label: 'Set folder' };
    const problem = fieldItem(known, 'folder', 'Folder exists', action);
    if (problem) return problem;
    return probed(
      known,
      ['folder'],
      known.view['protocol'] === 'pop3' ? 'Inbox readable' : 'Folder exists',
      known.view['protocol'] === 'pop3' ? 'POP3 reads the inbox.' : `Folder ${String(known.view['folder'])}.`,
      action,
    );
  },

  postProcessing: (known) => {
    const field = known.view['protocol'] === 'pop3' ? 'pop3PostProcessing' : 'postProcessing';
    const action = { kind: 'field' as const, field, label: 'Set post-processing' };
    const problem = fieldItem(known, 'archiveFolder', 'Post-processing possible', { ...action, field: 'archiveFolder' });
    return (
      problem ?? probed(known, ['postProcessing'], 'Post-processing possible', 'What happens on the server once a mail is done.', action)
    );
  },

  schedule: (known) => {
    const action = { kind: 'field' as const, field: 'schedule', label: 'Set schedule' };
    const problem = fieldItem(known, 'schedule', 'Schedule set', action);
    const schedule = scheduleSchema.safeParse(known.view['schedule']);
    return (
      problem ?? {
        title: 'Schedule set',
        state: 'done',
        sentence: schedule.success ? `Polled ${scheduleText(schedule.data)}.` : '',
        action,
      }
    );
  },
};

/** An item for a field that has a problem; undefined when it has none. */
function fieldItem({ problems }: Case, field: string, title: string, action: ChecklistItem['action'] & object): MadeItem | undefined {
  const problem = problems.find((candidate) => candidate.field === field && candidate.level !== 'info');
  if (!problem) return undefined;
  const state = problem.level === 'warning' ? 'warning' : problem.code === 'FIELD_REQUIRED' ? 'todo' : 'blocked';
  return { title, state, sentence: `${problem.message} ${problem.remedy}`, action };
}

/** An item that only the connection test can settle: its first failed stage, else its last sentence, else "not checked". */
function probed(
  { probe }: Case,
  stages: ProbeStageName[],
  title: string,
  sentence: string,
  action: ChecklistItem['action'] & object,
): MadeItem {
  const found = stages.map(probe).filter((stage) => stage !== undefined);
  const failed = found.find((stage) => stage.state === 'failed');
  if (failed)
    return { title, state: 'blocked', sentence: failed.error ? `${failed.error.message} ${failed.error.remedy}` : failed.sentence, action };
  const warned = found.find((stage) => stage.state === 'warning');
  if (warned) return { title, state: 'warning', sentence: warned.sentence, action };
  if (found.length === stages.length && found.every((stage) => stage.state === 'done')) {
    // The server's own words stand among the stages of the test.
    const told = found.filter(({ stage }) => stage !== 'greeting');
    return { title, state: 'done', sentence: told.map((stage) => stage.sentence).join(' ') };
  }
  return { title, state: 'unchecked', sentence, action };
}
