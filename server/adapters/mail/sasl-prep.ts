import { saslprep } from '@mongodb-js/saslprep';

/**
 * A name or password in the form that both sides hash (SASLprep, RFC 4013).
 * What SASLprep forbids, such as a character younger than Unicode 3.2, stays as it is, as PostgreSQL does it too:
 * most servers hash the bytes they were given, and the others refuse the sign-in.
 */
export function prepared(text: string): string {
  try {
    return saslprep(text);
  } catch {
    return text;
  }
}
