import type { MailSenderConfig } from '../../../shared/catalog/mail-sender.ts';
import { FlowError } from '../../../shared/errors.ts';
import { addressText } from '../../../shared/mail-address.ts';
import type { AccessToken, Credential, Secrets } from '../../ports/secrets.ts';
import { mailAddress } from './address.ts';

/** What signs in to a mailbox: user and password, or user and access token. */

type Settings = Pick<MailSenderConfig, 'address' | 'protocol' | 'protection' | 'authentication' | 'credential'>;

/** Whose mailbox it is. */
export async function userOf(config: Settings, secrets: Secrets): Promise<string> {
  const { host } = mailAddress(config);
  const use = config.authentication === 'oauth2' ? secrets.useAccessToken : secrets.useCredential;
  return (await use(config.credential, host)).user;
}

export interface SignedIn<T> {
  opened: T;
  user: string;
}

/**
 * Opens a connection with what the channel signs in with. A server may refuse a token before its time: then one more try is made
 * with a fresh one.
 *
 * @param open gets the token in place of the password
 * @throws FlowError what `open` throws, OAUTH2_TOKEN_REFUSED where both tokens were refused, and what Secrets throw
 */
export async function signIn<T>(config: Settings, secrets: Secrets, open: (credential: Credential) => Promise<T>): Promise<SignedIn<T>> {
  const { host } = mailAddress(config);
  if (config.authentication !== 'oauth2') {
    const credential = await secrets.useCredential(config.credential, host);
    return { opened: await open(credential), user: credential.user };
  }
  const first = await secrets.useAccessToken(config.credential, host);
  try {
    return await openWith(first, open);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  const second = await secrets.useAccessToken(config.credential, host, first.token);
  try {
    return await openWith(second, open);
  } catch (error) {
    throw isRefusal(error) ? tokenRefused(config, second, error) : error;
  }
}

async function openWith<T>({ name, user, token }: AccessToken, open: (credential: Credential) => Promise<T>): Promise<SignedIn<T>> {
  return { opened: await open({ name, user, password: token }), user };
}

function isRefusal(error: unknown): error is FlowError<'MAIL_SIGN_IN_REFUSED'> {
  return error instanceof FlowError && error.code === 'MAIL_SIGN_IN_REFUSED';
}

/** With the server's words, but without the token, should it repeat that. */
function tokenRefused(config: Settings, { name, user, token }: AccessToken, { details }: FlowError): FlowError {
  const address = addressText(mailAddress(config));
  const words = details?.replaceAll(token, '…');
  return new FlowError('OAUTH2_TOKEN_REFUSED', { address, name, user }, words === undefined ? {} : { details: words });
}
