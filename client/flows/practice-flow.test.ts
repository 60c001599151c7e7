import { expect, test } from 'vitest';
import { checkFlow } from '../../shared/check-flow.ts';
import { practiceFlow } from './practice-flow.ts';

const practice = { isAvailable: true, address: '127.0.0.1:3143', user: 'practice', credential: 'practice', total: 5, unread: 5 };

test('the flow of the practice mailbox can be deployed as it is', () => {
  const credentials = [{ name: 'practice', allowedHosts: ['127.0.0.1'] }];
  const problems = checkFlow(practiceFlow(practice), { credentials });
  expect(problems.filter((problem) => problem.level === 'error')).toEqual([]);
});
