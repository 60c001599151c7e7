import { cramMd5 } from './sasl-cram-md5.ts';
import { digestMd5 } from './sasl-digest-md5.ts';
import { login } from './sasl-login.ts';
import type { SaslMechanism } from './sasl-mechanism.ts';
import { oauthBearer } from './sasl-oauthbearer.ts';
import { plain } from './sasl-plain.ts';
import { scramSha1, scramSha256 } from './sasl-scram.ts';
import { xoauth2 } from './sasl-xoauth2.ts';

/** Strongest first; a new mechanism is one file and one entry. */
export const mechanisms: readonly SaslMechanism[] = [scramSha256, scramSha1, digestMd5, cramMd5, plain, login, oauthBearer, xoauth2];
