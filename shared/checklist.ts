import { checkConfig, configView, fieldsOf, type AnyDescription, type ConfigView } from './catalog/define.ts';
import { checkArtifacts, isHostAllowed, type CheckFacts } from './check-artifacts.ts';
import { fixesOf, protect, textIn, type Fix } from './fixes.ts';
import { impliedPort, parseAddress, type MailProtocol, type Protection } from './mail-address.ts';
import type { ProbeStage, ProbeStageName } from './probe.ts';
import type { Problem } from './problem.ts';
import { scheduleText } from './schedule-text.ts';
import { scheduleSchema } from './schedule.ts';

export type ItemState = 'done' | 'todo' | 'warning' | 'blocked' | 'unchecked';

export interface ChecklistItem {
  id: string;
  title: string;
  state: ItemState;
  sentence: string;
  /** The buttons that fix it, the most likely first. */
  fixes: Fix[];
  /** What the connection test found out for it, stage by stage. */
  stages: ProbeStage[];
}

export interface ChecklistFacts extends CheckFacts {
  /** Stages of the last connection test that still hold for the values now in the form. */
  probe: ProbeStage[];
}

interface Case {
  description: AnyDescription;
  view: ConfigView;
  problems: Omit<Problem, 'nodeId'>[];
  facts: ChecklistFacts;
}

/** The setup checklist of a channel: one item per thing that must be right, in the order of the description. */
export function checklist(description: AnyDescription, typed: Record<string, unknown>, facts: ChecklistFacts): ChecklistItem[] {
  const known: Case = {
    description,
    view: configView(description, typed),
    problems: [...checkConfig(description, typed).problems, ...checkArtifacts(description, typed, facts)],
    facts,
  };
  return description.checklist.flatMap((id) => {
    const made = items[id]?.(known);
    return made ? [{ id, fixes: [], stages: [], ...made }] : [];
  });
}

type MadeItem = Pick<ChecklistItem, 'title' | 'state' | 'sentence'> & Partial<Pick<ChecklistItem, 'fixes' | 'stages'>>;

/** An item that does not apply is undefined. */
const items: Record<string, (known: Case) => MadeItem | undefined> = {
  protocol: ({ view }) => ({
    title: 'Protocol chosen',
    state: 'done',
    sentence: view['protocol'] === 'pop3' ? 'POP3: the inbox only.' : 'IMAP4: folders and read marks.',
    fixes: [{ kind: 'field', field: 'protocol', label: 'Change' }],
  }),

  address: (known) => {
    const { view } = known;
    const about = { title: 'Address reachable', field: 'address', label: 'Set address' };
    const protocol = view['protocol'] as MailProtocol;
    const address = parseAddress(String(view['address']), impliedPort(protocol, view['protection'] as Protection));
    const missing = ofField(known, about);
    if (missing?.state === 'todo')
      return { ...missing, fixes: [{ kind: 'propose-settings', label: 'Propose settings…' }, fieldFix(about)] };
    return missing ?? probed(known, about, ['resolve', 'connect'], `${address?.host}, port ${address?.port}.`, ['greeting']);
  },

  proxy: (known) => {
    const { view } = known;
    if (view['proxyType'] === 'none') return undefined;
    const about = { title: 'Proxy reachable', field: 'proxyAddress', label: 'Set proxy' };
    const credential = { ...about, field: 'proxyCredential', label: 'Set proxy credential' };
    const kind = view['proxyType'] === 'socks5' ? 'SOCKS5' : 'HTTP CONNECT';
    return (
      ofField(known, about) ??
      ofField(known, credential) ??
      probed(known, about, ['connect'], `${kind} at ${String(view['proxyAddress'])}.`)
    );
  },

  protection: (known) => {
    const about = { title: 'Connection protected', field: 'protection', label: 'Set protection' };
    const problem = ofField(known, about);
    if (problem) return problem;
    if (known.view['protection'] === 'off')
      return { title: about.title, state: 'warning', sentence: 'Off: mails travel unencrypted.', fixes: [fieldFix(about)] };
    return probed(known, about, ['protect'], 'Encrypted, with a verified certificate.');
  },

  trustedCertificate: (known) => {
    const name = String(known.view['trustedCertificate']);
    if (name === '' || known.view['protection'] === 'off') return undefined;
    const about = { title: 'Trusted certificate deployed', field: 'trustedCertificate', label: 'Set trusted certificate' };
    return ofField(known, about) ?? { title: about.title, state: 'done', sentence: `'${name}' is trusted for this server.` };
  },

  authentication: (known) => {
    const about = { title: 'Authentication fits', field: 'authentication', label: 'Set authentication' };
    const open = known.problems.find(({ code }) => code === 'PLAIN_NOT_PROTECTED');
    if (open) return { title: about.title, state: 'blocked', sentence: `${open.message} ${open.remedy}`, fixes: protect(known.view) };
    const sentences: Record<string, string> = {
      plain: 'Plain User/Password over a protected connection.',
      encrypted: 'Encrypted User/Password: the password is hashed before it is sent.',
      oauth2: 'OAuth2: an access token is sent instead of a password.',
    };
    const sentence = sentences[String(known.view['authentication'])] ?? '';
    return ofField(known, about) ?? probed(known, about, ['capabilities', 'mechanism'], sentence);
  },

  credential: (known) => {
    const { kind, host, name, fitting } = credentialUse(known);
    const title = kind === 'oauth2' ? 'OAuth2 artifact authorized' : 'User Credentials deployed';
    const create: Fix = { kind: 'create-credential', label: 'Create and deploy…' };
    const where = host === undefined ? 'this host' : host;
    if (name === '') {
      return fitting.length > 0
        ? {
            title,
            state: 'done',
            sentence: `${fitting.length === 1 ? 'One artifact' : `${fitting.length} artifacts`} may be used for ${where}.`,
          }
        : { title, state: 'todo', sentence: `No artifact may be used for ${where} yet.`, fixes: [create] };
    }
    const unauthorized = known.problems.find(({ code, field }) => code === 'CREDENTIAL_NOT_AUTHORIZED' && field === 'credential');
    if (unauthorized) {
      const fixes: Fix[] = [{ kind: 'authorize', name, label: 'Authorize…' }];
      return { title, state: 'todo', sentence: `${unauthorized.message} ${unauthorized.remedy}`, fixes };
    }
    const problem = known.problems.find(({ field, level }) => field === 'credential' && level === 'error');
    const what = kind === 'oauth2' ? 'is authorized' : 'is deployed';
    if (!problem) return { title, state: 'done', sentence: `'${name}' ${what} and may be used for ${where}.` };
    const change: Fix = { kind: 'change-credential', label: `Change '${name}'…`, name };
    const fixes = problem.code === 'CREDENTIAL_HOST_NOT_ALLOWED' ? [change, create] : [create];
    return { title, state: 'blocked', sentence: `${problem.message} ${problem.remedy}`, fixes };
  },

  credentialName: (known) => {
    const { name, fitting } = credentialUse(known);
    const title = 'Credential Name set';
    if (name !== '') return { title, state: 'done', sentence: `The channel signs in with '${name}'.` };
    const choices: Fix[] = fitting
      .slice(0, 3)
      .map((credential) => ({ kind: 'set', label: `Use '${credential.name}'`, values: { credential: credential.name } }));
    const field: Fix = { kind: 'field', field: 'credential', label: 'Set Credential Name' };
    return { title, state: 'todo', sentence: 'Credential Name is missing. Fill in Credential Name.', fixes: [...choices, field] };
  },

  signIn: (known) => {
    const about = { title: 'Sign-in works', field: 'credential', label: 'Set Credential Name' };
    const item = probed(known, about, ['signIn'], 'Test connection tries it.');
    return item.state === 'unchecked' ? { ...item, fixes: [{ kind: 'test-connection', label: 'Test connection' }] } : item;
  },

  folder: (known) => {
    const isPop3 = known.view['protocol'] === 'pop3';
    const about = { title: isPop3 ? 'Inbox readable' : 'Folder exists', field: isPop3 ? 'search' : 'folder', label: 'Set folder' };
    if (isPop3) return probed(known, { ...about, label: 'Set search' }, ['counts', 'preview'], 'POP3 reads the inbox.');
    return ofField(known, about) ?? probed(known, about, ['folders', 'counts', 'preview'], `Folder ${String(known.view['folder'])}.`);
  },

  postProcessing: (known) => {
    const title = 'Post-processing possible';
    const field = known.view['protocol'] === 'pop3' ? 'pop3PostProcessing' : 'postProcessing';
    const about = { title, field, label: 'Set post-processing' };
    return (
      ofField(known, { title, field: 'archiveFolder', label: 'Set archive folder' }) ??
      ofField(known, { title, field: 'failureFolder', label: 'Set failure folder' }) ??
      probed(known, about, ['postProcessing'], 'What happens on the server once a mail is done.')
    );
  },

  schedule: (known) => {
    const about = { title: 'Schedule set', field: 'schedule', label: 'Set schedule' };
    const schedule = scheduleSchema.safeParse(known.view['schedule']);
    const sentence = schedule.success ? `Polled ${scheduleText(schedule.data)}.` : '';
    return ofField(known, about) ?? { title: about.title, state: 'done', sentence, fixes: [fieldFix(about)] };
  },
};

interface About {
  title: string;
  /** Where the cursor goes to change it. */
  field: string;
  label: string;
}

function fieldFix({ field, label }: About): Fix {
  return { kind: 'field', field, label };
}

/** The artifact that the channel names, and those that it could name. */
function credentialUse({ description, view, facts }: Case) {
  const use = fieldsOf(description).find(({ key }) => key === 'credential')?.info.credential;
  const kind = use?.kind(view) ?? 'user';
  const host = use?.host(view);
  const fitting = facts.credentials.filter(
    (credential) => (credential.kind ?? 'user') === kind && host !== undefined && isHostAllowed(credential.allowedHosts, host),
  );
  return { kind, host, name: textIn(view, 'credential'), fitting };
}

/** An item for a field that has an error or a warning; undefined when it has none. */
function ofField({ problems }: Case, about: About): MadeItem | undefined {
  const problem = problems.find((candidate) => candidate.field === about.field && candidate.level !== 'info');
  if (!problem) return undefined;
  const state = problem.level === 'warning' ? 'warning' : problem.code === 'FIELD_REQUIRED' ? 'todo' : 'blocked';
  return { title: about.title, state, sentence: `${problem.message} ${problem.remedy}`, fixes: [fieldFix(about)] };
}

/**
 * An item that only the connection test can settle: its first failed stage, else what the needed ones found, else "not checked".
 * What may succeed later without anybody changing anything is a warning: it blocks nothing.
 */
function probed({ view, facts }: Case, about: About, needed: ProbeStageName[], sentence: string, more: ProbeStageName[] = []): MadeItem {
  const { title } = about;
  const found = (names: ProbeStageName[]) => names.flatMap((name) => facts.probe.find(({ stage }) => stage === name) ?? []);
  const told = found(needed);
  const stages = [...told, ...found(more)];
  const failed = stages.find(({ state }) => state === 'failed');
  if (failed) {
    const { error } = failed;
    const fixes = fixesOf(failed, view);
    return {
      title,
      state: error?.retryable ? 'warning' : 'blocked',
      sentence: error ? `${error.message} ${error.remedy}` : failed.sentence,
      fixes: [...fixes, fieldFix(about)],
      stages,
    };
  }
  const warned = stages.find(({ state }) => state === 'warning');
  if (warned) return { title, state: 'warning', sentence: warned.sentence, fixes: [fieldFix(about)], stages };
  const isDone = told.length === needed.length && stages.every(({ state }) => state === 'done');
  if (isDone) return { title, state: 'done', sentence: told.map((stage) => stage.sentence).join(' '), stages };
  return { title, state: 'unchecked', sentence, fixes: [fieldFix(about)], stages };
}

/** The field at which a failed stage is shown. */
const stageFields: Record<ProbeStageName, string> = {
  resolve: 'address',
  connect: 'address',
  greeting: 'address',
  protect: 'protection',
  capabilities: 'address',
  mechanism: 'authentication',
  signIn: 'credential',
  folders: 'folder',
  counts: 'folder',
  preview: 'folder',
  postProcessing: 'postProcessing',
  answer: 'address',
};

/** What the connection test found wrong, as problems of the form: what blocks the checklist blocks Deploy. */
export function probeProblems(probe: ProbeStage[]): Omit<Problem, 'nodeId'>[] {
  return probe.flatMap(({ stage, error, facts }) =>
    error
      ? [
          {
            field: facts?.missing?.field ?? (error.code === 'MAIL_SEARCH_REFUSED' ? 'search' : stageFields[stage]),
            level: error.retryable ? ('warning' as const) : ('error' as const),
            code: error.code,
            message: error.message,
            remedy: error.remedy,
          },
        ]
      : [],
  );
}
