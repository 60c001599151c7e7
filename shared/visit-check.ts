import { checkConfig, fieldsOf, type AnyDescription, type FieldProblem } from './catalog/define.ts';

/**
 * What keeps a form from visiting the mailbox: errors in the fields of the connection, and no others.
 * A schedule or an archive folder that is still missing is no reason not to try. The same in browser and on the server.
 *
 * @param needsSignIn false: without a credential, or with one that may not be sent, the visit still tells what comes before the sign-in
 */
export function visitProblems(description: AnyDescription, typed: Record<string, unknown>, needsSignIn: boolean): FieldProblem[] {
  const fields = new Map(fieldsOf(description).map(({ key, info }) => [key, info]));
  return checkConfig(description, typed).problems.filter(({ field = '', level, code }) => {
    const info = fields.get(field);
    if (level !== 'error' || info?.tab !== 'Connection') return false;
    if (needsSignIn) return true;
    const isAboutSignIn = (info.control === 'credential' && code === 'FIELD_REQUIRED') || code === 'PLAIN_NOT_PROTECTED';
    return !isAboutSignIn;
  });
}
