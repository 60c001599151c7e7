import { join } from 'node:path';

/** One face of the server: what it says it can do. */
export interface CyrusVariant {
  name: string;
  /** SASL mechanisms that are offered, as Cyrus writes them. */
  mechanisms: string[];
  /** Whether POP3's greeting has the time stamp that APOP needs. */
  hasApop: boolean;
  /** Whether USER and PASS, and IMAP's LOGIN, are taken. Over TLS Cyrus always takes them. */
  hasPlainCommands: boolean;
  /** IMAP capabilities that are left out, as `MOVE`. */
  suppressed?: string[];
}

export interface CyrusFacts {
  directory: string;
  username: string;
  variants: CyrusVariant[];
}

/** Options of one variant have the names of its services in front. */
export function imapdConfig({ directory, username, variants }: CyrusFacts): string {
  const file = (name: string) => join(directory, name);
  return `
configdirectory: ${file('conf')}
proc_path: ${file('run/proc')}
mboxname_lockpath: ${file('run/lock')}
defaultpartition: default
partition-default: ${file('spool')}
servername: localhost
cyrus_user: ${username}
admins: cyrus
altnamespace: yes
unixhierarchysep: yes
autocreate_quota: 0
autocreate_users: anyone
expunge_mode: immediate
failedloginpause: 0
popminpoll: 0
maxlogins_per_user: 0
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: ${file('sasldb2')}
tls_server_cert: ${file('server.pem')}
tls_server_key: ${file('server.key')}
idlesocket: ${file('run/socket/idle')}
lmtpsocket: ${file('run/socket/lmtp')}
notifysocket: ${file('run/socket/notify')}
${variants.map(variantConfig).join('\n')}
`;
}

function variantConfig({ mechanisms, hasApop, hasPlainCommands, suppressed }: CyrusVariant, index: number): string {
  const options = [
    `sasl_mech_list: ${mechanisms.join(' ')}`,
    `allowplaintext: ${hasPlainCommands ? 'yes' : 'no'}`,
    `allowapop: ${hasApop ? 'yes' : 'no'}`,
    ...(suppressed ? [`suppress_capabilities: ${suppressed.join(' ')}`] : []),
  ];
  return services(index)
    .flatMap(({ name }) => options.map((option) => `${name}_${option}`))
    .join('\n');
}

/** The listeners, and no periodic work: a test does not live long enough. */
export function cyrusConfig(facts: {
  directory: string;
  ports: { imap: number; imaps: number; pop3: number; pop3s: number }[];
  program: (name: string) => string;
}): string {
  const { directory, ports, program } = facts;
  const options = `-C ${join(directory, 'imapd.conf')}`;
  const listeners = ports.flatMap((numbers, index) =>
    services(index).map(({ name, server, flag, port }) => {
      return `  ${name} cmd="${program(server)}${flag} ${options}" listen="127.0.0.1:${numbers[port]}" prefork=0 maxchild=200`;
    }),
  );
  return `START {
  recover cmd="${program('ctl_cyrusdb')} ${options} -r"
}
SERVICES {
${listeners.join('\n')}
}
EVENTS {
}
`;
}

function services(index: number) {
  return [
    { name: `imap${index}`, server: 'imapd', flag: '', port: 'imap' },
    { name: `imaps${index}`, server: 'imapd', flag: ' -s', port: 'imaps' },
    { name: `pop${index}`, server: 'pop3d', flag: '', port: 'pop3' },
    { name: `pops${index}`, server: 'pop3d', flag: ' -s', port: 'pop3s' },
  ] as const;
}
