import { expect, test } from 'vitest';
import { withoutReceiverWords } from './receiver-words.ts';

test('what a receiver answered is left out wherever an error stands, and nothing else', () => {
  const error = {
    code: 'HTTP_REFUSED',
    message: 'refused with 400',
    remedy: 'Correct it.',
    retryable: false,
    details: 'You sent: Dear Ada',
  };
  const ofServer = { ...error, code: 'MAIL_SIGN_IN_REFUSED', details: 'NO [AUTHENTICATIONFAILED]' };
  const { details: _details, ...kept } = error;
  expect(withoutReceiverWords({ items: [{ error }, { error: ofServer, steps: [{ error }] }], nextCursor: null })).toEqual({
    items: [{ error: kept }, { error: ofServer, steps: [{ error: kept }] }],
    nextCursor: null,
  });
});
