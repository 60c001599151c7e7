import { FlowError } from '../../../shared/errors.ts';
import { cramMd5 } from './sasl-cram-md5.ts';
import { login } from './sasl-login.ts';
import type { Authentication, SaslMechanism } from './sasl-mechanism.ts';
import { oauthBearer } from './sasl-oauthbearer.ts';
import { plain } from './sasl-plain.ts';
import { xoauth2 } from './sasl-xoauth2.ts';

/** Strongest first; a new mechanism is one file and one entry. */
const mechanisms: SaslMechanism[] = [cramMd5, plain, login, oauthBearer, xoauth2];

/** @param offered names as the server lists them; other words among them do no harm */
export function findMechanism(authentication: Authentication, offered: readonly string[]): SaslMechanism | undefined {
  const names = new Set(offered.map((name) => name.toUpperCase()));
  return mechanisms.find((mechanism) => mechanism.authentication === authentication && names.has(mechanism.name));
}

/**
 * The strongest mechanism that both sides have.
 *
 * @param address host and port, for the words of the error
 * @throws FlowError MAIL_MECHANISM_NOT_OFFERED naming what is offered
 */
export function chooseMechanism(authentication: Authentication, offered: readonly string[], address: string): SaslMechanism {
  const found = findMechanism(authentication, offered);
  if (found) return found;
  const wanted = mechanisms.filter((mechanism) => mechanism.authentication === authentication).map((mechanism) => mechanism.name);
  throw new FlowError('MAIL_MECHANISM_NOT_OFFERED', {
    address,
    wanted: wanted.join(' or '),
    offered: offered.length > 0 ? offered.join(', ') : 'no mechanism',
  });
}
