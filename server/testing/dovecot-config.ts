import { join } from 'node:path';
import type { Owner } from './mail-owner.ts';

export interface DovecotFacts {
  directory: string;
  ports: { imap: number; imaps: number; pop3: number; pop3s: number };
  owner: Owner;
  isRoot: boolean;
  mechanisms?: string[];
  hasTls?: boolean;
  imapCapability?: string;
  /** Of the authorization server, where it takes OAuth2 tokens (RFC 7662, without client authentication). */
  introspectionUrl?: string;
}

/** Configuration of the test server. Dovecot 2.4 renamed much of 2.3's and rejects the old words. */
export function dovecotConfig(version: string, facts: DovecotFacts): string {
  const isOld = version.startsWith('2.3');
  return [isOld ? wordsOf23(facts) : wordsOf24(facts), common(facts), services(facts)].join('\n');
}

function common({ directory, mechanisms = ['plain', 'login', 'cram-md5'], imapCapability }: DovecotFacts): string {
  return `
base_dir = ${join(directory, 'run')}
state_dir = ${join(directory, 'state')}
log_path = ${join(directory, 'dovecot.log')}
log_timestamp = "%Y-%m-%dT%H:%M:%S.%{usecs} "
protocols = imap pop3
listen = 127.0.0.1
auth_mechanisms = ${mechanisms.join(' ')}
auth_failure_delay = 0
auth_username_chars =
auth_username_format = %u
mail_max_userip_connections = 1000
first_valid_uid = 1
${imapCapability === undefined ? '' : `imap_capability = ${imapCapability}`}
`;
}

function wordsOf23({ directory, hasTls = true, introspectionUrl }: DovecotFacts): string {
  const oauth2 = `passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${oauth2File(directory)}
}`;
  return `
ssl = ${hasTls ? 'yes' : 'no'}
ssl_cert = <${join(directory, 'server.pem')}
ssl_key = <${join(directory, 'server.key')}
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
${introspectionUrl === undefined ? '' : oauth2}
passdb {
  driver = passwd-file
  args = ${join(directory, 'users', '%u')}
}
userdb {
  driver = passwd-file
  args = ${join(directory, 'users', '%u')}
}
`;
}

function wordsOf24({ directory, hasTls = true, introspectionUrl }: DovecotFacts): string {
  const oauth2 = `passdb oauth2 {
  mechanisms_filter = xoauth2 oauthbearer
}
oauth2 {
${introspection(introspectionUrl ?? '')}
}`;
  return `
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
ssl = ${hasTls ? 'yes' : 'no'}
ssl_server_cert_file = ${join(directory, 'server.pem')}
ssl_server_key_file = ${join(directory, 'server.key')}
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/Maildir
${introspectionUrl === undefined ? '' : oauth2}
passdb passwd-file {
  passwd_file_path = ${join(directory, 'users', '%{user}')}
}
userdb passwd-file {
  passwd_file_path = ${join(directory, 'users', '%{user}')}
}
`;
}

/** Where 2.3 reads the settings of its oauth2 passdb from, and what stands there. */
export const oauth2File = (directory: string) => join(directory, 'oauth2.conf');
export const introspection = (url: string) => `
introspection_mode = post
introspection_url = ${url}
username_attribute = sub
active_attribute = active
active_value = true`;

/** The listeners; no pause after a wrong password; without root, nothing that needs another user or a chroot. */
function services({ ports, owner, isRoot, hasTls = true }: DovecotFacts): string {
  const chroot = isRoot ? '' : 'chroot =';
  const users = isRoot
    ? ''
    : `default_internal_user = ${owner.username}\ndefault_login_user = ${owner.username}\ndefault_internal_group = ${owner.groupName}`;
  return `
${users}
service imap-login {
  process_limit = 1024
  ${chroot}
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${hasTls ? ports.imaps : 0}
  }
}
service pop3-login {
  process_limit = 1024
  ${chroot}
  inet_listener pop3 {
    port = ${ports.pop3}
  }
  inet_listener pop3s {
    port = ${hasTls ? ports.pop3s : 0}
  }
}
service imap {
  process_limit = 1024
}
service pop3 {
  process_limit = 1024
}
service anvil {
  ${chroot}
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`;
}
