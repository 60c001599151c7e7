import type { MailProposal } from './mail-proposal.ts';

/** Mail services that many people use, from their help pages. The connection test shows whether it still holds. */
export interface MailProvider {
  name: string;
  /** Domains of its addresses. */
  domains: string[];
  /** Ends of the names of its mail exchangers, by which domains of others are recognised that it hosts. */
  exchangers: string[];
  ways: Pick<MailProposal, 'protocol' | 'address' | 'protection'>[];
  authentication: MailProposal['authentication'];
  advice: string[];
  /** What it takes as the user; default: the whole address. */
  user?: 'local';
}

const imaps = (address: string) => ({ protocol: 'imap4', address, protection: 'tls' }) as const;
const pop3s = (address: string) => ({ protocol: 'pop3', address, protection: 'tls' }) as const;

const appPassword = (where: string) => `Sign in with an app password, not with the password of the account: ${where}.`;
const switchOn = (where: string) => `POP3 and IMAP have to be allowed first: ${where}.`;

export const mailProviders: MailProvider[] = [
  {
    name: 'Gmail',
    domains: ['gmail.com', 'googlemail.com'],
    exchangers: ['google.com', 'googlemail.com'],
    ways: [imaps('imap.gmail.com'), pop3s('pop.gmail.com')],
    authentication: 'oauth2',
    advice: [
      'Google takes OAuth2. With 2-Step Verification an app password works too: set Authentication to Plain User/Password and create one at myaccount.google.com/apppasswords.',
    ],
  },
  {
    name: 'Microsoft 365 and Outlook.com',
    domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'outlook.de', 'hotmail.de', 'live.de'],
    exchangers: ['mail.protection.outlook.com', 'mx.microsoft', 'olc.protection.outlook.com'],
    ways: [imaps('outlook.office365.com'), pop3s('outlook.office365.com')],
    authentication: 'oauth2',
    advice: ['Microsoft takes only OAuth2 here: passwords are refused, also app passwords.'],
  },
  {
    name: 'iCloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    exchangers: ['mail.icloud.com'],
    ways: [imaps('imap.mail.me.com')],
    authentication: 'plain',
    advice: [appPassword('account.apple.com, App-Specific Passwords')],
    user: 'local',
  },
  {
    name: 'Yahoo',
    domains: ['yahoo.com', 'yahoo.de', 'yahoo.co.uk', 'yahoo.fr', 'yahoo.it', 'yahoo.es', 'ymail.com', 'rocketmail.com'],
    exchangers: ['yahoodns.net'],
    ways: [imaps('imap.mail.yahoo.com'), pop3s('pop.mail.yahoo.com')],
    authentication: 'plain',
    advice: [appPassword('Account Security, Generate app password')],
  },
  {
    name: 'AOL',
    domains: ['aol.com', 'aol.de', 'aim.com'],
    exchangers: [],
    ways: [imaps('imap.aol.com'), pop3s('pop.aol.com')],
    authentication: 'plain',
    advice: [appPassword('Account Security, Generate app password')],
  },
  {
    name: 'GMX',
    domains: ['gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch'],
    exchangers: ['gmx.net'],
    ways: [imaps('imap.gmx.net'), pop3s('pop.gmx.net')],
    authentication: 'plain',
    advice: [switchOn('Settings, POP3/IMAP'), 'With two-factor authentication an app password is needed.'],
  },
  {
    name: 'GMX.com',
    domains: ['gmx.com', 'gmx.us', 'gmx.co.uk'],
    exchangers: ['gmx.com'],
    ways: [imaps('imap.gmx.com'), pop3s('pop.gmx.com')],
    authentication: 'plain',
    advice: [switchOn('Settings, POP3 & IMAP')],
  },
  {
    name: 'WEB.DE',
    domains: ['web.de', 'email.de'],
    exchangers: ['web.de'],
    ways: [imaps('imap.web.de'), pop3s('pop3.web.de')],
    authentication: 'plain',
    advice: [switchOn('Settings, POP3/IMAP'), 'With two-factor authentication an app password is needed.'],
  },
  {
    name: 'Fastmail',
    domains: ['fastmail.com', 'fastmail.fm'],
    exchangers: ['messagingengine.com'],
    ways: [imaps('imap.fastmail.com'), pop3s('pop.fastmail.com')],
    authentication: 'plain',
    advice: [appPassword('Settings, Privacy & Security, App passwords')],
  },
  {
    name: 'Zoho Mail',
    domains: ['zoho.com', 'zohomail.com'],
    exchangers: ['zoho.com'],
    ways: [imaps('imap.zoho.com'), pop3s('pop.zoho.com')],
    authentication: 'plain',
    advice: [switchOn('Mail settings, IMAP access'), 'With multi-factor authentication an app password is needed.'],
  },
  {
    name: 'Zoho Mail (EU)',
    domains: ['zoho.eu', 'zohomail.eu'],
    exchangers: ['zoho.eu'],
    ways: [imaps('imap.zoho.eu'), pop3s('pop.zoho.eu')],
    authentication: 'plain',
    advice: [switchOn('Mail settings, IMAP access'), 'With multi-factor authentication an app password is needed.'],
  },
  {
    name: 'T-Online',
    domains: ['t-online.de', 'magenta.de'],
    exchangers: ['t-online.de'],
    ways: [imaps('secureimap.t-online.de'), pop3s('securepop.t-online.de')],
    authentication: 'plain',
    advice: ['Mail programs have a password of their own here: Kundencenter, Passwort für E-Mail-Programme.'],
  },
  {
    name: 'IONOS',
    domains: ['online.de', 'onlinehome.de'],
    exchangers: ['ionos.de', 'kundenserver.de'],
    ways: [imaps('imap.ionos.de'), pop3s('pop.ionos.de')],
    authentication: 'plain',
    advice: [],
  },
  {
    name: 'IONOS (international)',
    domains: [],
    exchangers: ['ionos.com', 'ionos.co.uk', 'ionos.fr', 'ionos.es', '1and1.com'],
    ways: [imaps('imap.ionos.com'), pop3s('pop.ionos.com')],
    authentication: 'plain',
    advice: [],
  },
  {
    name: 'STRATO',
    domains: [],
    exchangers: ['rzone.de'],
    ways: [imaps('imap.strato.de'), pop3s('pop3.strato.de')],
    authentication: 'plain',
    advice: [],
  },
  {
    name: 'mailbox.org',
    domains: ['mailbox.org'],
    exchangers: ['mailbox.org'],
    ways: [imaps('imap.mailbox.org'), pop3s('pop3.mailbox.org')],
    authentication: 'plain',
    advice: ['With two-factor authentication an app password is needed.'],
  },
  {
    name: 'Posteo',
    domains: ['posteo.de', 'posteo.net', 'posteo.org', 'posteo.eu'],
    exchangers: ['posteo.de'],
    ways: [imaps('posteo.de'), pop3s('posteo.de')],
    authentication: 'plain',
    advice: [],
  },
  {
    name: 'freenet',
    domains: ['freenet.de'],
    exchangers: ['freenet.de'],
    ways: [imaps('mx.freenet.de'), pop3s('mx.freenet.de')],
    authentication: 'plain',
    advice: [],
  },
  {
    name: 'Proton Mail Bridge',
    domains: ['proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me'],
    exchangers: ['protonmail.ch'],
    ways: [{ protocol: 'imap4', address: '127.0.0.1:1143', protection: 'starttls-mandatory' }],
    authentication: 'plain',
    advice: [
      'Proton is read through Proton Mail Bridge, which has to run on the machine of Mailroom.',
      'User and password are those that Bridge shows. Its certificate is its own: trust it when the connection test shows it.',
    ],
  },
];

export function providerOfDomain(domain: string): MailProvider | undefined {
  return mailProviders.find(({ domains }) => domains.includes(domain));
}

/** @param exchanger target of an MX record */
export function providerOfExchanger(exchanger: string): MailProvider | undefined {
  const name = exchanger.toLowerCase().replace(/\.$/, '');
  return mailProviders.find(({ exchangers }) => exchangers.some((end) => name === end || name.endsWith(`.${end}`)));
}

export function proposalsOf(provider: MailProvider, email: { text: string; local: string }, source: string): MailProposal[] {
  const { ways, authentication, advice, user } = provider;
  return ways.map((way) => ({
    ...way,
    authentication,
    user: user === 'local' ? email.local : email.text,
    sources: [source],
    advice,
  }));
}
