import { expect, test } from 'vitest';
import { mailSender } from '../../shared/catalog/mail-sender.ts';
import { postProcessingText } from './post-processing-text.ts';

test('a person reads what became of the mail on the server, not the word of the API', () => {
  expect(postProcessingText({ action: 'mark-read', state: 'done' }, true)).toBe('Marked as read on the server');
  expect(postProcessingText({ action: 'archive', state: 'owed' }, true)).toBe('Still to do on the server: archive');
  expect(postProcessingText({ action: 'delete', state: 'failed' }, true)).toBe('Failed on the server: delete');
  expect(postProcessingText({ action: '', state: 'none' }, true)).toBe('Nothing to do on the server');
  expect(postProcessingText({ action: '', state: 'none' }, false)).toBe('Not before the message has ended');
});

test('every kind of post-processing has its words', () => {
  const { postProcessing, pop3PostProcessing } = mailSender.config.shape;
  const actions = [...postProcessing.unwrap().options, ...pop3PostProcessing.unwrap().options, 'move-failed'];
  for (const action of actions.filter((option) => option !== 'none' && option !== 'leave'))
    expect(postProcessingText({ action, state: 'done' }, true)).not.toContain('-');
});
